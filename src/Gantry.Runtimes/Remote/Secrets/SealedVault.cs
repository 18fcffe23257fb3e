using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gantry.Runtimes.Remote.Secrets;

/// <summary>The vault as its file has it: AES-256-GCM under one key of the ring.</summary>
/// <param name="Key">Which key; see <see cref="VaultKey.Id"/>.</param>
internal sealed record SealedVault(int Version, string Key, byte[] Nonce, byte[] Tag, byte[] Text)
{
    private const int CurrentVersion = 1;

    private const int TagLength = 16;

    private const int NonceLength = 12;

    public static byte[] Seal(VaultContent content, VaultKey key)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content, VaultJson.Default.VaultContent);
        var made = new SealedVault(
            CurrentVersion,
            key.Id,
            RandomNumberGenerator.GetBytes(NonceLength),
            new byte[TagLength],
            new byte[plain.Length]
        );
        using var cipher = new AesGcm(key.Bytes, TagLength);
        cipher.Encrypt(made.Nonce, plain, made.Text, made.Tag, made.Heading);
        CryptographicOperations.ZeroMemory(plain);
        return JsonSerializer.SerializeToUtf8Bytes(made, VaultJson.Default.SealedVault);
    }

    /// <exception cref="VaultException">It is damaged, or the key is not there.</exception>
    public static VaultContent Open(byte[] file, VaultKeys keys, string path)
    {
        try
        {
            var found = JsonSerializer.Deserialize(file, VaultJson.Default.SealedVault);
            return found is { Version: CurrentVersion }
                ? found.Open(keys, path)
                : throw VaultException.OtherVersion(path);
        }
        catch (Exception exception)
            when (exception is JsonException or CryptographicException or ArgumentException)
        {
            throw VaultException.Damaged(path, exception);
        }
    }

    // What stands beside the sealed text cannot be changed either.
    private byte[] Heading => Encoding.UTF8.GetBytes($"gantry vault {Version} {Key}");

    private VaultContent Open(VaultKeys keys, string path)
    {
        var key = keys.Find(Key) ?? throw VaultException.WrongKey(path, Key, keys.Source);
        var plain = new byte[Text.Length];
        using var cipher = new AesGcm(key.Bytes, TagLength);
        cipher.Decrypt(Nonce, Text, Tag, plain, Heading);
        return JsonSerializer.Deserialize(plain, VaultJson.Default.VaultContent)
            ?? throw new JsonException("The vault holds null.");
    }
}

/// <summary>The vault cannot be used; nothing in it was changed.</summary>
public sealed class VaultException : Exception
{
    private VaultException(string message, Exception? inner = null)
        : base(message, inner) { }

    internal static VaultException Damaged(string path, Exception inner) =>
        new(
            $"The credential vault '{path}' is damaged. Put back a copy, or remove the file and log "
                + "in again.",
            inner
        );

    internal static VaultException OtherVersion(string path) =>
        new(
            $"The credential vault '{path}' was written by another version of Gantry. Use that "
                + "version, or remove the file and log in again."
        );

    internal static VaultException WrongKey(string path, string key, string source) =>
        new(
            $"The credential vault '{path}' was sealed with key {key}, which is not in {source}. "
                + "Put that key back, or remove the vault and log in again."
        );

    internal static VaultException BadKey(string source) =>
        new(
            $"{source} holds no vault key. A key is 32 bytes in Base64, as 'openssl rand -base64 "
                + "32' prints; several stand one per line, the current one first."
        );

    internal static VaultException Unreachable(string path, Exception inner) =>
        new($"The credential vault '{path}' cannot be used: {inner.Message}", inner);
}
