using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gantry.Storage;

namespace Gantry.Runtimes.Remote.Secrets;

/// <summary>A ring of keys: the first seals, all of them open.</summary>
/// <param name="Source">Where they came from, for people.</param>
internal sealed record VaultKeys(ImmutableArray<VaultKey> Keys, string Source)
{
    public VaultKey Current => Keys[0];

    public VaultKey? Find(string id) => Keys.FirstOrDefault(key => key.Id == id);

    /// <summary>Keys as text: 32 bytes in Base64 each, one per line or separated by commas.</summary>
    /// <exception cref="VaultException">It is none.</exception>
    public static VaultKeys Parse(string text, string source)
    {
        var words = text.Split([',', '\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries);
        var keys = words.Select(VaultKey.TryParse).OfType<VaultKey>().ToImmutableArray();
        return keys.Length > 0 && keys.Length == words.Length
            ? new(keys, source)
            : throw VaultException.BadKey(source);
    }

    public string ToFile() => string.Concat(Keys.Select(key => key.ToText() + "\n"));
}

/// <summary>32 bytes, and a name for them that tells nothing about them.</summary>
internal sealed class VaultKey(byte[] bytes)
{
    private const int Length = 32;

    private const int IdDigits = 12;

    public byte[] Bytes { get; } = bytes;

    public string Id { get; } =
        Convert.ToHexStringLower(
            HMACSHA256.HashData(bytes, Encoding.ASCII.GetBytes("gantry vault key id"))
        )[..IdDigits];

    public static VaultKey Make() => new(RandomNumberGenerator.GetBytes(Length));

    public static VaultKey? TryParse(string text)
    {
        var bytes = new byte[Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == Length
            ? new(bytes)
            : null;
    }

    public string ToText() => Convert.ToBase64String(Bytes);
}

/// <summary>
/// Where the keys come from: <c>GANTRY_VAULT_KEY</c>, else the file that <c>GANTRY_VAULT_KEY_FILE</c>
/// names, else a file beside the vault that is made on first use.
/// </summary>
internal sealed class VaultKeySource(string ownFile, Func<string, string?> environment)
{
    private const string KeyVariable = "GANTRY_VAULT_KEY";

    private const string FileVariable = "GANTRY_VAULT_KEY_FILE";

    /// <summary>Whether the keys are Gantry's own to change.</summary>
    public bool IsOwn => Given(KeyVariable) is null && Given(FileVariable) is null;

    /// <summary>Null when there is none yet.</summary>
    /// <exception cref="VaultException">What is there is no key.</exception>
    public VaultKeys? Read()
    {
        if (Given(KeyVariable) is { } keys)
        {
            return VaultKeys.Parse(keys, KeyVariable);
        }

        var file = Given(FileVariable);
        return file is not null || File.Exists(ownFile)
            ? VaultKeys.Parse(File.ReadAllText(file ?? ownFile), $"'{file ?? ownFile}'")
            : null;
    }

    public VaultKeys Make() => Write(new([VaultKey.Make()], $"'{ownFile}'"));

    public VaultKeys Write(VaultKeys keys)
    {
        PrivateFile.Write(ownFile, Encoding.ASCII.GetBytes(keys.ToFile()));
        return keys;
    }

    private string? Given(string variable) =>
        environment(variable) is { Length: > 0 } value ? value : null;
}
