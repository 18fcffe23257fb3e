using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Shows a person an address, in a browser or as text.</summary>
public delegate ValueTask OpenBrowser(Uri address, CancellationToken cancellationToken);

/// <summary>For whom, where and why a login is needed.</summary>
/// <param name="Resource">The server's address.</param>
/// <param name="Before">What the same owner had so far; null for nothing.</param>
internal sealed record LoginNeed(
    LoginOwner Owner,
    Uri Resource,
    OAuthAuth Auth,
    Challenge Challenge,
    Login? Before
)
{
    public TlsSpec Tls { get; init; } = TlsSpec.Default;

    /// <summary>Of this issuer: what it was asked for before, and what turned out to be missing.
    /// </summary>
    public ImmutableArray<string> ScopesBefore(string issuer) =>
        Before is { } login && login.Issuer == issuer ? [.. login.Scopes.Union(login.Missing)] : [];
}

/// <summary>The three ways to tokens: a person's consent, Gantry's own name, and what was given
/// before. Whatever is given goes into the vault before it is used.</summary>
internal sealed class OAuthClient : IDisposable
{
    /// <summary>How long a person may take in the browser.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly OAuthHttp _http;
    private readonly Discovery _discovery;
    private readonly Clients _clients;
    private readonly TokenEndpoint _tokens;
    private readonly Vault _vault;
    private readonly TimeProvider _time;

    public OAuthClient(Vault vault, TimeProvider time)
    {
        (_vault, _time) = (vault, time);
        _http = new(time);
        _discovery = new(_http);
        _clients = new(_http);
        _tokens = new(_http, time);
    }

    public Task<Discovered> DiscoverAsync(LoginNeed need, CancellationToken cancellationToken) =>
        _discovery.FindAsync(need, cancellationToken);

    /// <summary>Asks the server without any credential, only to hear how it refuses.</summary>
    public async Task<Challenge> ProbeAsync(
        Uri resource,
        TlsSpec tls,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, resource)
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
                new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")
            ),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        var ground = new Ground(IsInside: true) { Tls = tls };
        return await _http.ProbeAsync(request, ground, cancellationToken);
    }

    /// <summary>Asks a person.</summary>
    /// <exception cref="UpstreamRefusedException">It did not come to a login.</exception>
    public async Task<Login> AskAsync(
        LoginNeed need,
        Discovered found,
        OpenBrowser open,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(s_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token,
            cancellationToken
        );
        try
        {
            return await AskInTimeAsync(need, found, open, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new UpstreamRefusedException(
                $"nobody came back from the browser within {s_patience.TotalMinutes} minutes"
            );
        }
    }

    /// <summary>Comes in Gantry's own name.</summary>
    /// <exception cref="UpstreamRefusedException">It is not let in.</exception>
    public async Task<Login> ActAsync(
        LoginNeed need,
        Discovered found,
        CancellationToken cancellationToken
    )
    {
        var client = await _clients.ForAsync(
            need.Auth,
            need.Owner.Server,
            found,
            _vault.Read(),
            redirect: null,
            cancellationToken
        );
        var scopes = ScopeSet.Choose(
            need.Challenge,
            need.Auth,
            found,
            need.ScopesBefore(found.Server.Issuer)
        );
        var grant = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
        };
        if (!scopes.IsEmpty)
        {
            grant["scope"] = ScopeSet.Format(scopes);
        }

        return await RedeemAsync(need, found, client, grant, scopes, cancellationToken);
    }

    /// <summary>Renews what was given before; null when it counts no more.</summary>
    /// <exception cref="UpstreamRefusedException">The authorization server cannot be asked.
    /// </exception>
    public async Task<Login?> RenewAsync(
        Login login,
        LoginNeed need,
        CancellationToken cancellationToken
    )
    {
        var server = await _discovery.FindAgainAsync(login.Issuer, need, cancellationToken);
        var ground = await Ground.OfIssuerAsync(need, cancellationToken);
        var found = new Discovered(server, login.Resource, [], ground);
        if (need.Auth.Grant is OAuthGrant.ClientCredentials)
        {
            return await ActAsync(need with { Before = login }, found, cancellationToken);
        }

        return login.RefreshToken is { } token
            ? await RefreshAsync(login, token, need, found, cancellationToken)
            : null;
    }

    public void Dispose() => _http.Dispose();

    private async Task<Login> AskInTimeAsync(
        LoginNeed need,
        Discovered found,
        OpenBrowser open,
        CancellationToken cancellationToken
    )
    {
        using var listener = Listen(need, found);
        var client = await _clients.ForAsync(
            need.Auth,
            need.Owner.Server,
            found,
            _vault.Read(),
            listener.Address,
            cancellationToken
        );
        var scopes = ScopeSet.Choose(
            need.Challenge,
            need.Auth,
            found,
            need.ScopesBefore(found.Server.Issuer)
        );
        var request = new CodeRequest(found, client, scopes, listener.Address);
        var answer = await AskAsync(request, listener, open, cancellationToken);
        return await RedeemAsync(
            need,
            found,
            client,
            request.Redeem(answer),
            scopes,
            cancellationToken
        );
    }

    // The browser may come back before whatever opened it has ended, or long after.
    private static async Task<CodeAnswer> AskAsync(
        CodeRequest request,
        LoopbackListener listener,
        OpenBrowser open,
        CancellationToken cancellationToken
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = listener.WaitAsync(request.Judge, end.Token);
        var opening = open(request.Address, end.Token).AsTask();
        try
        {
            if (await Task.WhenAny(waiting, opening) == opening)
            {
                await opening;
            }

            return await waiting;
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAny(waiting);
            await Task.WhenAny(opening);
        }
    }

    // With the port of an earlier registration if it is free: that is what was agreed then.
    private LoopbackListener Listen(LoginNeed need, Discovered found)
    {
        var port = Clients.RedirectPort(need.Auth, need.Owner.Server, found, _vault.Read());
        return LoopbackListener.TryStart(port, _time)
            ?? (need.Auth.RedirectPort is null ? LoopbackListener.TryStart(null, _time) : null)
            ?? throw new UpstreamRefusedException(
                $"port {port} of this machine is taken, to which the browser is to come back"
            );
    }

    private async Task<Login?> RefreshAsync(
        Login login,
        Secret token,
        LoginNeed need,
        Discovered found,
        CancellationToken cancellationToken
    )
    {
        var client = await ClientOfAsync(login, need, found, cancellationToken);
        var grant = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = token.Value,
        };
        try
        {
            var tokens = await _tokens.ExchangeAsync(found, client, grant, cancellationToken);
            return await KeepAsync(login.With(tokens, login.Scopes), client);
        }
        catch (GrantRefusedException exception) when (exception.IsFinal)
        {
            var without = login with { AccessToken = null, RefreshToken = null };
            await _vault.UpdateAsync(vault => vault.With(without), CancellationToken.None);
            return null;
        }
        catch (GrantRefusedException exception)
        {
            throw new UpstreamRefusedException(exception.Message);
        }
    }

    // Tokens belong to the client that got them, which is not always the one of today.
    private async Task<ClientIdentity> ClientOfAsync(
        Login login,
        LoginNeed need,
        Discovered found,
        CancellationToken cancellationToken
    )
    {
        var vault = _vault.Read();
        if (vault.FindRegistration(login.Server, login.Issuer, login.ClientId) is { } known)
        {
            return Clients.Of(known, found.Server);
        }

        var client = await _clients.ForAsync(
            need.Auth,
            login.Server,
            found,
            vault,
            redirect: null,
            cancellationToken
        );
        return client.Id == login.ClientId
            ? client
            : throw new UpstreamRefusedException(
                "the login was made as another client than is configured now"
            );
    }

    private async Task<Login> RedeemAsync(
        LoginNeed need,
        Discovered found,
        ClientIdentity client,
        Dictionary<string, string> grant,
        ImmutableArray<string> asked,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var tokens = await _tokens.ExchangeAsync(found, client, grant, cancellationToken);
            var owner = need.Owner;
            var login = new Login(owner.Server, owner.Principal, found.Server.Issuer, client.Id)
            {
                Resource = found.Resource,
            };
            return await KeepAsync(login.With(tokens, asked), client);
        }
        catch (GrantRefusedException exception)
        {
            throw new UpstreamRefusedException(exception.Message);
        }
    }

    // Not to be cancelled: a rotated token that is not kept is lost for good.
    private async Task<Login> KeepAsync(Login login, ClientIdentity client)
    {
        var kept = login with { At = _time.GetUtcNow() };
        await _vault.UpdateAsync(
            vault => client.ToKeep is { } known ? vault.With(kept).With(known) : vault.With(kept),
            CancellationToken.None
        );
        return kept;
    }
}

internal static class Granting
{
    extension(Login login)
    {
        /// <summary>With what was just given. A refresh token stays until another comes.</summary>
        public Login With(Tokens tokens, ImmutableArray<string> asked) =>
            login with
            {
                AccessToken = tokens.Access,
                RefreshToken = tokens.Refresh ?? login.RefreshToken,
                ExpiresAt = tokens.ExpiresAt,
                Scopes = tokens.Scope is null ? asked : ScopeSet.Parse(tokens.Scope),
                Missing = [],
            };
    }
}
