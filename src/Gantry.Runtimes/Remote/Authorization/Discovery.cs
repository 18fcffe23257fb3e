using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>What is known of who may let Gantry into a server.</summary>
/// <param name="Resource">The server, exactly as it names itself.</param>
/// <param name="ScopesSupported">Of the server; empty when it does not say.</param>
internal sealed record Discovered(
    AuthorizationServer Server,
    string Resource,
    ImmutableArray<string> ScopesSupported,
    Ground Ground
);

/// <summary>Finds out from a server who may let in: RFC 9728, then RFC 8414 or OpenID Connect, and
/// the rules of 2025-03-26 where there is nothing of that kind.</summary>
internal sealed class Discovery(OAuthHttp http)
{
    /// <exception cref="UpstreamRefusedException">It says nothing useful, or what must not be
    /// believed.</exception>
    public async Task<Discovered> FindAsync(LoginNeed need, CancellationToken cancellationToken)
    {
        var (resource, auth) = (need.Resource, need.Auth);
        if (!WebAddress.IsSafe(resource))
        {
            throw new UpstreamRefusedException(
                "credentials are sent over https only (http only to this machine): change the url"
            );
        }

        var ground = await Ground.OfAsync(need, cancellationToken);
        var described = await FindResourceAsync(
            resource,
            need.Challenge,
            ground,
            cancellationToken
        );
        var issuersGround = ground with { IsInside = ground.IsInside || auth.Issuer is not null };
        var server = await FindServerAsync(
            ChooseIssuer(described, auth) ?? WebAddress.Origin(resource),
            isNamed: described?.AuthorizationServers is [_, ..] || auth.Issuer is not null,
            issuersGround,
            cancellationToken
        );
        return new(
            server,
            described?.Resource ?? Canonical(resource),
            [.. described?.ScopesSupported ?? []],
            issuersGround
        );
    }

    /// <summary>The authorization server of an issuer that is known already.</summary>
    public async Task<AuthorizationServer> FindAgainAsync(
        string issuer,
        LoginNeed need,
        CancellationToken cancellationToken
    ) =>
        await FindServerAsync(
            issuer,
            isNamed: issuer != WebAddress.Origin(need.Resource),
            await Ground.OfIssuerAsync(need, cancellationToken),
            cancellationToken
        );

    // With a path, the document about the root must not be taken for the one about the path.
    private async Task<ProtectedResourceDocument?> FindResourceAsync(
        Uri resource,
        Challenge challenge,
        Ground ground,
        CancellationToken cancellationToken
    )
    {
        foreach (var address in ResourceAddresses(resource, challenge))
        {
            var document = await http.GetAsync(
                address,
                ground,
                OAuthJson.Default.ProtectedResourceDocument,
                cancellationToken
            );
            if (document is not null)
            {
                return Check(document, resource);
            }
        }

        return challenge.ResourceMetadata is null
            ? null
            : throw new UpstreamRefusedException(
                "the server names resource metadata that is not there"
            );
    }

    private static IEnumerable<Uri> ResourceAddresses(Uri resource, Challenge challenge)
    {
        const string WellKnown = "/.well-known/oauth-protected-resource";
        if (challenge.ResourceMetadata is { } named)
        {
            return [WebAddress.Parse(named, "the address of the server's resource metadata")];
        }

        var origin = WebAddress.Origin(resource);
        var path = resource.AbsolutePath.TrimEnd('/');
        return path.Length == 0
            ? [new(origin + WellKnown)]
            : [new(origin + WellKnown + path), new(origin + WellKnown)];
    }

    // Whoever answers for another server would get tokens for it.
    private static ProtectedResourceDocument Check(
        ProtectedResourceDocument document,
        Uri resource
    ) =>
        Uri.TryCreate(document.Resource, UriKind.Absolute, out var named)
        && WebAddress.IsSafe(named)
        && WebAddress.IsWithin(resource, named)
            ? document
            : throw new UpstreamRefusedException(
                "the server's metadata describe another server, so nothing is authorized"
            );

    private static string? ChooseIssuer(ProtectedResourceDocument? described, OAuthAuth auth)
    {
        var named = described?.AuthorizationServers ?? [];
        if (auth.Issuer is { } only)
        {
            return named.Count == 0 || named.Contains(only, StringComparer.Ordinal)
                ? only
                : throw new UpstreamRefusedException(
                    $"the server no longer trusts the configured issuer {only}"
                );
        }

        return named.Count > 0 ? named[0] : null;
    }

    private async Task<AuthorizationServer> FindServerAsync(
        string issuer,
        bool isNamed,
        Ground ground,
        CancellationToken cancellationToken
    )
    {
        var address = WebAddress.Parse(issuer, "the issuer that the server names");
        foreach (var place in ServerAddresses(address))
        {
            var document = await http.GetAsync(
                place,
                ground,
                OAuthJson.Default.AuthorizationServerDocument,
                cancellationToken
            );
            if (document is not null)
            {
                return AuthorizationServer.Of(document, issuer);
            }
        }

        return isNamed
            ? throw new UpstreamRefusedException($"{issuer} publishes no metadata")
            : AuthorizationServer.OfRevision2025March(issuer);
    }

    private static IEnumerable<Uri> ServerAddresses(Uri issuer)
    {
        const string OAuth = "/.well-known/oauth-authorization-server";
        const string OpenId = "/.well-known/openid-configuration";
        var origin = WebAddress.Origin(issuer);
        var path = issuer.AbsolutePath.TrimEnd('/');
        return path.Length == 0
            ? [new(origin + OAuth), new(origin + OpenId)]
            :
            [
                new(origin + OAuth + path),
                new(origin + OpenId + path),
                new(origin + path + OpenId),
            ];
    }

    private static string Canonical(Uri resource) =>
        resource.AbsolutePath is "/" && resource.Query.Length == 0
            ? WebAddress.Origin(resource)
            : resource.GetLeftPart(UriPartial.Query);
}
