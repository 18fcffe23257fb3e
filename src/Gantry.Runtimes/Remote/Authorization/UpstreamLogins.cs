using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Lets people log in to servers that run elsewhere, and out again.</summary>
public sealed partial class UpstreamLogins(
    Vault vault,
    Func<ServerName, UpstreamServer?> find,
    TimeProvider time,
    ILogger<UpstreamLogins> logger
) : IDisposable
{
    private readonly OAuthClient _client = new(vault, time);

    internal OAuthClient Client => _client;

    /// <summary>Leads a person through a login, and keeps what comes of it.</summary>
    /// <param name="principal">For whom, where each caller has an own login; else null.</param>
    /// <exception cref="UpstreamRefusedException">It did not come to a login; the message says
    /// why.</exception>
    public async Task<KnownLogin> LoginAsync(
        ServerName server,
        string? principal,
        OpenBrowser open,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var need = await NeedAsync(server, principal, cancellationToken);
            var found = await _client.DiscoverAsync(need, cancellationToken);
            var login =
                need.Auth.Grant is OAuthGrant.ClientCredentials
                    ? await _client.ActAsync(need, found, cancellationToken)
                    : await _client.AskAsync(need, found, open, cancellationToken);
            LogLoggedIn(need.Owner, login.Issuer);
            return KnownLogin.Of(login, time.GetUtcNow());
        }
        catch (VaultException exception)
        {
            throw new UpstreamRefusedException(exception.Message);
        }
    }

    /// <summary>Forgets the login of one principal, or the one that all callers share.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="VaultException">The vault cannot be used.</exception>
    public async Task<bool> LogoutAsync(
        ServerName server,
        string? principal,
        CancellationToken cancellationToken
    )
    {
        var owner = new LoginOwner(server.ToString(), principal);
        var found = false;
        await vault.UpdateAsync(
            content =>
            {
                found = content.Find(owner) is not null;
                return found ? content.Without(owner) : content;
            },
            cancellationToken
        );
        if (found)
        {
            LogLoggedOut(owner);
        }

        return found;
    }

    /// <summary>All logins there are, those of servers that are gone too.</summary>
    /// <exception cref="VaultException">The vault cannot be used.</exception>
    public ImmutableArray<KnownLogin> List() =>
        [
            .. vault
                .Read()
                .Logins.OrderBy(login => login.Server, StringComparer.Ordinal)
                .ThenBy(login => login.Principal, StringComparer.Ordinal)
                .Select(login => KnownLogin.Of(login, time.GetUtcNow())),
        ];

    public void Dispose() => _client.Dispose();

    private async Task<LoginNeed> NeedAsync(
        ServerName server,
        string? principal,
        CancellationToken cancellationToken
    )
    {
        if (find(server) is not { } known)
        {
            throw new UpstreamRefusedException($"'{server}' is no server with a url");
        }

        var auth = known.Auth switch
        {
            null => OAuthAuth.Default,
            OAuthAuth oauth => oauth,
            _ => throw new UpstreamRefusedException(
                $"'{server}' has a fixed token under 'auth'; there is nothing to log in to"
            ),
        };
        if (principal is not null && auth.Per is not CredentialOwner.Principal)
        {
            throw new UpstreamRefusedException(
                $"all callers of '{server}' share one login; say 'per: principal' under 'auth' to "
                    + "give each an own one"
            );
        }

        var owner = new LoginOwner(server.ToString(), principal);
        var resource = known.Url.AsResource();
        var challenge = await _client.ProbeAsync(resource, known.Tls, cancellationToken);
        return new(owner, resource, auth, challenge, vault.Read().Find(owner, auth.Issuer))
        {
            Tls = known.Tls,
        };
    }

    [LoggerMessage(LogLevel.Information, "Logged in to {Owner} at {Issuer}")]
    private partial void LogLoggedIn(LoginOwner owner, string issuer);

    [LoggerMessage(LogLevel.Information, "Logged out of {Owner}")]
    private partial void LogLoggedOut(LoginOwner owner);
}
