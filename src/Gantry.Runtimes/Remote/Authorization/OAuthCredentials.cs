using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;
using Gantry.Wire;
using Microsoft.Extensions.Logging;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>
/// Credentials as the configuration wants them: a fixed token, or tokens from the vault that are
/// renewed in time and exchanged when a server asks for others.
/// </summary>
/// <param name="find">What is configured of a server; null when it is none that runs elsewhere.
/// </param>
/// <param name="open">Shows a person where to log in, as soon as a server asks for it; null when
/// nobody sits there, and logins are made with <c>gantry login</c>.</param>
public sealed partial class OAuthCredentials(
    UpstreamLogins logins,
    Vault vault,
    Func<ServerName, UpstreamServer?> find,
    OpenBrowser? open,
    TimeProvider time,
    ILogger<OAuthCredentials> logger
) : IUpstreamCredentials
{
    /// <summary>More callers than this at a time, and those longest unused are looked up anew.
    /// </summary>
    private const int MaxSlots = 10_000;

    /// <summary>Tokens are renewed this long before they end, or when a quarter of their life is
    /// left.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(30);

    /// <summary>How long an authorization server is left alone that could not renew.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LoginOwner, Slot> _slots = new();

    /// <inheritdoc/>
    public ValueTask<AuthenticationHeaderValue?> GetAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        var known = find(server);
        if (known?.Auth is BearerAuth bearer)
        {
            return new(new AuthenticationHeaderValue("Bearer", bearer.Token.Value));
        }

        // Where nobody ever logged in, calls have nothing to wait for each other for.
        return TryRead(known?.Auth is not null) is { Logins.IsEmpty: false } content
            ? FindAsync(
                content,
                NeedOf(server, resource, envelope, known, Challenge.None),
                cancellationToken
            )
            : default;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ChallengeAsync(
        ServerName server,
        Uri resource,
        Envelope envelope,
        HttpResponseMessage refused,
        CancellationToken cancellationToken
    )
    {
        var known = find(server);
        if (known?.Auth is BearerAuth)
        {
            return refused.StatusCode is not HttpStatusCode.Unauthorized
                ? false
                : throw new UpstreamRefusedException(
                    $"'{server}' refuses the token under 'auth'; put a valid one there"
                );
        }

        var challenge = Challenge.Of(refused);
        var isDenied = refused.StatusCode is HttpStatusCode.Forbidden;
        var need = NeedOf(server, resource, envelope, known, challenge);
        var slot = SlotOf(need.Owner);
        var sent = refused.RequestMessage?.Headers.Authorization;
        if ((isDenied && !challenge.WantsMoreScopes) || !IsOurs(sent, slot))
        {
            return false;
        }

        await slot.Gate.WaitAsync(cancellationToken);
        try
        {
            // Whoever was refused at the same time may have seen to it already.
            var now = Current(slot, need);
            return (now is not null && now.AccessToken?.Value != sent?.Parameter && IsFresh(now))
                || await ImproveAsync(
                    slot,
                    need with
                    {
                        Before = now,
                    },
                    isDenied,
                    cancellationToken
                );
        }
        catch (VaultException exception)
        {
            throw new UpstreamRefusedException(exception.Message);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    private static LoginNeed NeedOf(
        ServerName server,
        Uri resource,
        Envelope envelope,
        UpstreamServer? known,
        Challenge challenge
    )
    {
        var auth = known?.Auth as OAuthAuth ?? OAuthAuth.Default;
        var principal = auth.Per is CredentialOwner.Principal ? envelope.Principal : null;
        var owner = new LoginOwner(server.ToString(), principal);
        return new(owner, resource.AsResource(), auth, challenge, null)
        {
            Tls = known?.Tls ?? TlsSpec.Default,
        };
    }

    // A server of which nothing is configured must not suffer from a vault that it has no use for.
    private VaultContent? TryRead(bool isNeeded)
    {
        try
        {
            return vault.Read();
        }
        catch (VaultException exception)
        {
            if (isNeeded)
            {
                throw new UpstreamRefusedException(exception.Message);
            }

            LogVault(exception.Message);
            return null;
        }
    }

    private ValueTask<AuthenticationHeaderValue?> FindAsync(
        VaultContent content,
        LoginNeed need,
        CancellationToken cancellationToken
    )
    {
        var slot = SlotOf(need.Owner);
        if (slot.Held is { } held && held.Fits(content, need.Resource) && IsFresh(held.Login))
        {
            return new(held.Header);
        }

        return content.Find(need.Owner, need.Auth.Issuer) is null
            ? default
            : new(RefreshAsync(slot, need, cancellationToken));
    }

    private async Task<AuthenticationHeaderValue?> RefreshAsync(
        Slot slot,
        LoginNeed need,
        CancellationToken cancellationToken
    )
    {
        await slot.Gate.WaitAsync(cancellationToken);
        try
        {
            var login = Current(slot, need);
            if (login is not null && !IsFresh(login))
            {
                login = await RenewAsync(slot, login, need, cancellationToken);
            }

            return login is null ? null : slot.Held?.Header;
        }
        catch (VaultException exception)
        {
            throw new UpstreamRefusedException(exception.Message);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    private async Task<Login?> RenewAsync(
        Slot slot,
        Login login,
        LoginNeed need,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        try
        {
            if (slot.Failure is { } failure && now < failure.Until)
            {
                throw failure.Why;
            }

            slot.Failure = null;
            var renewed = await logins.Client.RenewAsync(login, need, cancellationToken);
            LogRenewed(need.Owner, renewed is null ? "not any more" : "again");
            return Hold(slot, renewed, need);
        }
        catch (UpstreamRefusedException exception)
        {
            slot.Failure ??= (exception, now + s_pause);
            // While the token has not ended, an authorization server that is away does no harm.
            return login.ExpiresAt <= now
                ? throw new UpstreamRefusedException(exception.Message)
                : login;
        }
    }

    // 401: anew, perhaps from another issuer than before. 403: with more than before.
    private async Task<bool> ImproveAsync(
        Slot slot,
        LoginNeed need,
        bool isDenied,
        CancellationToken cancellationToken
    )
    {
        if (isDenied && need.Before is { } login && HasAll(login, need.Challenge))
        {
            throw new UpstreamRefusedException(
                $"'{need.Owner.Server}' asks for rights that its login has already: "
                    + ScopeSet.Format(need.Challenge.Scopes)
            );
        }

        if (!CanImprove(need))
        {
            throw await NeedsLoginAsync(need, isDenied, cancellationToken);
        }

        slot.Rounds.Take(need.Owner, time.GetUtcNow());
        var found = await logins.Client.DiscoverAsync(need, cancellationToken);
        var better = isDenied ? null : await TryRenewAsync(need, found, cancellationToken);
        better ??= await AuthorizeAsync(need, found, isDenied, cancellationToken);
        LogLetIn(need.Owner, better.Issuer);
        Hold(slot, better, need);
        return true;
    }

    private bool CanImprove(LoginNeed need) =>
        CanAsk(need)
        || need.Auth.Grant is OAuthGrant.ClientCredentials
        || need.Before?.RefreshToken is not null;

    // Only where it does not matter who of the callers sits before the browser.
    private bool CanAsk(LoginNeed need) =>
        open is not null && need.Auth.Per is CredentialOwner.Server;

    private async Task<Login?> TryRenewAsync(
        LoginNeed need,
        Discovered found,
        CancellationToken cancellationToken
    ) =>
        need.Before is { RefreshToken: not null } login && login.Issuer == found.Server.Issuer
            ? await logins.Client.RenewAsync(login, need, cancellationToken)
            : null;

    private async Task<Login> AuthorizeAsync(
        LoginNeed need,
        Discovered found,
        bool isDenied,
        CancellationToken cancellationToken
    ) =>
        need.Auth.Grant is OAuthGrant.ClientCredentials
            ? await logins.Client.ActAsync(need, found, cancellationToken)
        : open is not null && CanAsk(need)
            ? await logins.Client.AskAsync(need, found, open, cancellationToken)
        : throw await NeedsLoginAsync(need, isDenied, cancellationToken);

    // What is missing is written down, so that the next login asks for it.
    private async Task<UpstreamRefusedException> NeedsLoginAsync(
        LoginNeed need,
        bool isDenied,
        CancellationToken cancellationToken
    )
    {
        if (isDenied && need.Before is { } login)
        {
            var missing = login with { Missing = [.. login.Missing.Union(need.Challenge.Scopes)] };
            await vault.UpdateAsync(content => content.With(missing), cancellationToken);
        }

        return Refusals.NeedsLogin(need, isDenied);
    }

    private Login? Current(Slot slot, LoginNeed need)
    {
        var content = vault.Read();
        if (slot.Held is { } held && held.Fits(content, need.Resource))
        {
            return held.Login;
        }

        var login = content.Find(need.Owner, need.Auth.Issuer);
        return Hold(slot, login is not null && IsFor(login, need.Resource) ? login : null, need);
    }

    // The configuration may have got another address since: it gets no token of the former.
    private static bool IsFor(Login login, Uri resource) =>
        Uri.TryCreate(login.Resource, UriKind.Absolute, out var of)
        && WebAddress.IsWithin(resource, of);

    private Login? Hold(Slot slot, Login? login, LoginNeed need)
    {
        slot.Held = login is { AccessToken: { } token }
            ? new(login, new("Bearer", token.Value), vault.Read(), need.Resource)
            : null;
        return slot.Held?.Login;
    }

    private bool IsFresh(Login login) =>
        login.ExpiresAt is not { } end
        || time.GetUtcNow()
            < end - TimeSpan.FromTicks(Math.Min(s_margin.Ticks, (end - login.At).Ticks / 4));

    // Somebody else's header, such as a configured one, is somebody else's business.
    private static bool IsOurs(AuthenticationHeaderValue? sent, Slot slot) =>
        sent is null || slot.HasGiven(sent);

    private static bool HasAll(Login login, Challenge challenge) =>
        !challenge.Scopes.IsEmpty && ScopeSet.Covers(login.Scopes, challenge.Scopes);

    private Slot SlotOf(LoginOwner owner)
    {
        if (_slots.TryGetValue(owner, out var slot))
        {
            return slot;
        }

        // Counting locks everybody out.
        if (_slots.Count > MaxSlots)
        {
            _slots.Clear();
        }

        return _slots.GetOrAdd(owner, static _ => new());
    }

    [LoggerMessage(LogLevel.Debug, "The login to {Owner} was renewed: it counts {Outcome}")]
    private partial void LogRenewed(LoginOwner owner, string outcome);

    [LoggerMessage(LogLevel.Information, "{Issuer} lets Gantry into {Owner}")]
    private partial void LogLetIn(LoginOwner owner, string issuer);

    [LoggerMessage(LogLevel.Warning, "{Message}")]
    private partial void LogVault(string message);
}
