using System.Security.Cryptography;
using System.Text;

namespace Gantry.Access;

/// <summary>A static key as it is kept: enough to recognise its secret, not to tell it.</summary>
/// <param name="Id">Public: it stands in the key itself, in logs and in lists.</param>
public sealed record ApiKey(
    string Id,
    string Name,
    Role Role,
    string? Tenant,
    Limits Limits,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public required KeySecret Secret { get; init; }

    public bool IsValid(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);

    public Principal ToPrincipal() =>
        new($"key:{Id}", PrincipalKind.Key, Role)
        {
            KeyId = Id,
            Tenancy = Tenancy.Of(Tenant),
            Limits = Limits,
        };
}

/// <summary>What is kept of a key's secret: a keyed hash under a salt of its own.</summary>
/// <remarks>The secret has 256 random bits, so that no slow hash is needed: there is nothing to
/// guess.</remarks>
public sealed record KeySecret(byte[] Salt, byte[] Hash)
{
    private const int SaltBytes = 16;

    /// <summary>Recognises nothing; for similar work where there is no key to compare with.</summary>
    public static KeySecret Unknown { get; } = Of(RandomNumberGenerator.GetHexString(64));

    public static KeySecret Of(string secret)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(salt, HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>In constant time for secrets of one length.</summary>
    public bool Recognises(ReadOnlySpan<char> secret)
    {
        Span<byte> bytes = stackalloc byte[KeyText.MaxLength * 3];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetBytes(secret, bytes);
        HMACSHA256.HashData(Salt, bytes[..length], hash);
        return CryptographicOperations.FixedTimeEquals(hash, Hash);
    }

    /// <summary>By what they recognise.</summary>
    public bool Equals(KeySecret? other) =>
        other is not null
        && Salt.AsSpan().SequenceEqual(other.Salt)
        && CryptographicOperations.FixedTimeEquals(Hash, other.Hash);

    public override int GetHashCode()
    {
        var code = new HashCode();
        code.AddBytes(Salt);
        return code.ToHashCode();
    }

    public override string ToString() => "(secret)";
}

/// <summary>A key as its holder has it: <c>gk_ID_SECRET</c>.</summary>
public static class KeyText
{
    public const string Prefix = "gk_";

    /// <summary>Nothing longer is a key, and so it is not hashed either.</summary>
    public const int MaxLength = 128;

    private const int IdLength = 10;
    private const int SecretBytes = 32;
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";

    public static string NewId() => RandomNumberGenerator.GetString(Letters, IdLength);

    public static string NewSecret() =>
        System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public static string Of(string id, string secret) => $"{Prefix}{id}_{secret}";

    public static bool IsKey(ReadOnlySpan<char> text) => text.StartsWith(Prefix);

    /// <summary>False when the text has not the form of a key.</summary>
    public static bool TryRead(
        ReadOnlySpan<char> text,
        out ReadOnlySpan<char> id,
        out ReadOnlySpan<char> secret
    )
    {
        id = default;
        secret = default;
        if (!IsKey(text) || text.Length > MaxLength)
        {
            return false;
        }

        var rest = text[Prefix.Length..];
        var end = rest.IndexOf('_');
        if (end <= 0 || end == rest.Length - 1)
        {
            return false;
        }

        id = rest[..end];
        secret = rest[(end + 1)..];
        return true;
    }
}
