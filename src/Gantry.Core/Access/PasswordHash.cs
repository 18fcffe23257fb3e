using System.Globalization;
using System.Security.Cryptography;

namespace Gantry.Access;

/// <summary>
/// A password as it may stand in a file: <c>pbkdf2-sha256$ITERATIONS$SALT$HASH</c>, both in base64.
/// </summary>
// People choose passwords, so that guessing must be slow; the platform has no Argon2.
public sealed record PasswordHash
{
    private const string Scheme = "pbkdf2-sha256";
    private const int OurIterations = 600_000;
    private const int LeastIterations = 100_000;
    private const int MostIterations = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) =>
        (_iterations, _salt, _hash) = (iterations, salt, hash);

    public static PasswordHash Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(OurIterations, salt, Derive(password, salt, OurIterations));
    }

    /// <summary>Null when the text is not such a hash, or too weak a one.</summary>
    public static PasswordHash? Parse(string text)
    {
        if (
            text.Split('$') is not [Scheme, var count, var salt, var hash]
            || !int.TryParse(count, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < LeastIterations or > MostIterations
        )
        {
            return null;
        }

        return
            Decode(salt) is { Length: >= SaltBytes } saltBytes
            && Decode(hash) is { Length: HashBytes } hashBytes
            ? new(iterations, saltBytes, hashBytes)
            : null;
    }

    /// <summary>Takes as long as the iterations do.</summary>
    public bool Recognises(string password) =>
        CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _iterations), _hash);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Scheme}${_iterations}${Convert.ToBase64String(_salt)}${Convert.ToBase64String(_hash)}"
        );

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
