using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gantry.Access;

/// <summary>Authorities that sign certificates, named in a PEM file instead of being known to the
/// machine.</summary>
public static class Authorities
{
    /// <summary>Trusts those of the file alone.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="CryptographicException">It holds no certificate.</exception>
    // Authorities of one's own mostly have no place that says what was revoked.
    public static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new CryptographicException($"'{file}' holds no certificate.");
    }
}
