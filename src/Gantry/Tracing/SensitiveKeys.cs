using System.Collections.Frozen;

namespace Gantry.Tracing;

/// <summary>Which members of a message hold secrets, whoever wrote it, by their names alone.</summary>
internal static class SensitiveKeys
{
    private static readonly string[] s_endings =
    [
        "authorization",
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "secret",
        "secrets",
        "apikey",
        "apikeys",
        "accesskey",
        "privatekey",
        "secretkey",
        "signingkey",
        "encryptionkey",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "token",
        "pwd",
        "jwt",
    ];

    // Tokens that say where one is, not who one is.
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(
        StringComparer.Ordinal,
        "progresstoken",
        "pagetoken",
        "nextpagetoken",
        "nexttoken",
        "continuationtoken"
    );

    /// <summary>In any case and however its words are joined: <c>api_key</c>, <c>X-Api-Key</c>,
    /// <c>apiKey</c>.</summary>
    public static bool Covers(string key)
    {
        var plain = string.Concat(key.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        return !s_harmless.Contains(plain)
            && s_endings.Any(ending => plain.EndsWith(ending, StringComparison.Ordinal));
    }
}
