using System.Security.Cryptography;
using System.Text;

namespace Gantry.Gateway.Routing;

/// <summary>
/// What a principal is called in the names of its own instances: the same always, and it does not
/// say who it is.
/// </summary>
internal static class PrincipalKey
{
    // Long enough that nobody finds a second name of the same key.
    private const int Length = 26;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    /// <param name="principal">Null for all of whom nobody knows who they are.</param>
    public static string Of(string? principal)
    {
        var digest = SHA256.HashData(
            Encoding.UTF8.GetBytes(principal is null ? "anonymous" : "principal " + principal)
        );
        return string.Create(
            Length,
            digest,
            static (key, bytes) =>
            {
                for (var i = 0; i < key.Length; i++)
                {
                    key[i] = Letters[bytes[i] % Letters.Length];
                }
            }
        );
    }
}
