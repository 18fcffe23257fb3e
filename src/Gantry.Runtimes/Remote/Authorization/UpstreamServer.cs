using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>What is configured of a server that runs elsewhere, as far as it matters for who may
/// come in.</summary>
/// <param name="Auth">Null when nothing is configured: then the server's refusals say it all.</param>
public sealed record UpstreamServer(string Address, AuthSpec? Auth)
{
    /// <summary>Whom to trust there, and of the authorities also where the server sends for
    /// tokens.</summary>
    public TlsSpec Tls { get; init; } = TlsSpec.Default;

    // Made for each call, and seldom asked for that.
    internal Uri Url => new(Address);
}

/// <summary>A login as it may be shown: without any secret.</summary>
/// <param name="ExpiresAt">When the present token ends; it is renewed before, where that is
/// possible.</param>
/// <param name="IsUsable">False when somebody has to log in anew.</param>
public sealed record KnownLogin(
    string Server,
    string? Principal,
    string Issuer,
    ImmutableArray<string> Scopes,
    DateTimeOffset At,
    DateTimeOffset? ExpiresAt,
    bool IsUsable
)
{
    internal static KnownLogin Of(Login login, DateTimeOffset now) =>
        new(
            login.Server,
            login.Principal,
            login.Issuer,
            login.Scopes,
            login.At,
            login.ExpiresAt,
            login.AccessToken is not null
                && login.Missing.IsEmpty
                && (login.RefreshToken is not null || !(login.ExpiresAt <= now))
        );
}

internal static class ResourceAddress
{
    extension(Uri url)
    {
        /// <summary>The same address as authorization knows it: WebSocket is not among its
        /// schemes.</summary>
        public Uri AsResource() =>
            url.Scheme is "ws" or "wss"
                ? new UriBuilder(url)
                {
                    Scheme = url.Scheme is "ws" ? Uri.UriSchemeHttp : Uri.UriSchemeHttps,
                }.Uri
                : url;
    }
}
