using System.Collections.Immutable;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Who Gantry is to one authorization server, and how it shows that.</summary>
/// <param name="Method">See <see cref="ClientMethod"/>.</param>
internal sealed record ClientIdentity(string Id, Secret? Secret, string Method)
{
    public string? PrivateKeyFile { get; init; }

    /// <summary>To be written down when the login succeeds; null for what the configuration says.
    /// </summary>
    public Registration? ToKeep { get; init; }
}

/// <summary>How a client shows who it is at the token endpoint.</summary>
internal static class ClientMethod
{
    public const string None = "none";
    public const string Basic = "client_secret_basic";
    public const string Post = "client_secret_post";
    public const string PrivateKeyJwt = "private_key_jwt";

    /// <summary>For a client that has a secret, or none.</summary>
    public static string Choose(ImmutableArray<string> offered, bool hasSecret) =>
        !hasSecret ? None
        : offered.IsEmpty || offered.Contains(Basic) ? Basic
        : offered.Contains(Post) ? Post
        : offered.Contains(None) ? None
        : Basic;

    /// <summary>For a registration: a program on somebody's machine keeps no secret, unless the
    /// server insists.</summary>
    public static string ToAskFor(ImmutableArray<string> offered) =>
        offered.IsEmpty || offered.Contains(None) ? None : Choose(offered, hasSecret: true);
}
