using System.Net.Http.Json;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Decides as which client Gantry comes, and registers one where it must. What belongs to
/// one issuer is never shown to another.</summary>
internal sealed class Clients(OAuthHttp http)
{
    private const string Name = "Gantry";

    /// <summary>The port that an earlier registration was made with; null for any.</summary>
    public static int? RedirectPort(
        OAuthAuth auth,
        string server,
        Discovered found,
        VaultContent vault
    ) =>
        auth.RedirectPort
        ?? (
            auth.ClientId is null && !UsesMetadataDocument(auth, found.Server)
                ? Registered(server, found, vault)?.RedirectPort
                : null
        );

    /// <param name="redirect">Null for a grant without a browser.</param>
    /// <exception cref="UpstreamRefusedException">There is no way to be a client there.</exception>
    public async Task<ClientIdentity> ForAsync(
        OAuthAuth auth,
        string server,
        Discovered found,
        VaultContent vault,
        Uri? redirect,
        CancellationToken cancellationToken
    )
    {
        if (auth.ClientId is { } id)
        {
            return Configured(id.Value, auth, server, found.Server, vault);
        }

        if (auth.ClientMetadataUrl is { } url && UsesMetadataDocument(auth, found.Server))
        {
            return new(url, null, MethodOf(auth, ClientMethod.None))
            {
                PrivateKeyFile = auth.PrivateKeyFile,
            };
        }

        if (
            Registered(server, found, vault) is { } known
            && (redirect is null || known.RedirectPort == redirect.Port)
        )
        {
            return Of(known, found.Server);
        }

        return await RegisterAsync(server, found, redirect, cancellationToken);
    }

    private static bool UsesMetadataDocument(OAuthAuth auth, AuthorizationServer server) =>
        auth.ClientMetadataUrl is not null && server.TakesMetadataDocuments;

    private static Registration? Registered(string server, Discovered found, VaultContent vault) =>
        vault.FindRegistration(server, found.Server.Issuer);

    // Whoever can change what a server says about itself could else have the secret sent anywhere.
    private static ClientIdentity Configured(
        string id,
        OAuthAuth auth,
        string server,
        AuthorizationServer at,
        VaultContent vault
    )
    {
        if (
            auth.Issuer is null
            && vault.FindPinned(server, id) is { } pin
            && pin.Issuer != at.Issuer
        )
        {
            throw new UpstreamRefusedException(
                $"the server now names the issuer {at.Issuer}, but its client_id was first used with "
                    + $"{pin.Issuer}; if that is right, say so with 'issuer' under 'auth'"
            );
        }

        Secret? secret = auth.ClientSecret is { } given ? new(given.Value) : null;
        var method = MethodOf(auth, ClientMethod.Choose(at.Methods, secret is not null));
        return new(id, secret, method)
        {
            PrivateKeyFile = auth.PrivateKeyFile,
            ToKeep = new(server, at.Issuer, id, null) { IsPin = true },
        };
    }

    private static string MethodOf(OAuthAuth auth, string otherwise) =>
        auth.PrivateKeyFile is null ? otherwise : ClientMethod.PrivateKeyJwt;

    public static ClientIdentity Of(Registration known, AuthorizationServer server) =>
        new(
            known.ClientId,
            known.ClientSecret,
            known.Method ?? ClientMethod.Choose(server.Methods, known.ClientSecret is not null)
        )
        {
            ToKeep = known,
        };

    private async Task<ClientIdentity> RegisterAsync(
        string server,
        Discovered found,
        Uri? redirect,
        CancellationToken cancellationToken
    )
    {
        if (found.Server.RegistrationEndpoint is not { } endpoint || redirect is null)
        {
            throw new UpstreamRefusedException(
                $"{found.Server.Issuer} registers no clients by itself: register Gantry there, and "
                    + "set 'client_id' under 'auth'"
            );
        }

        var wanted = new RegistrationRequest(
            Name,
            [redirect.ToString()],
            ["authorization_code", "refresh_token"],
            ["code"],
            ClientMethod.ToAskFor(found.Server.Methods),
            "native"
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = JsonContent.Create(wanted, OAuthJson.Default.RegistrationRequest),
        };
        var answer = await http.PostAsync(request, found.Ground, cancellationToken);
        return Of(Read(answer, server, found.Server.Issuer, endpoint, redirect.Port), found.Server);
    }

    private static Registration Read(
        OAuthAnswer answer,
        string server,
        string issuer,
        Uri endpoint,
        int port
    )
    {
        if (!answer.IsGood)
        {
            throw new UpstreamRefusedException(
                $"{issuer} refuses to register Gantry ({answer}): register it there by hand, and set "
                    + "'client_id' under 'auth'"
            );
        }

        var given = OAuthHttp.Parse(answer.Body, OAuthJson.Default.RegistrationAnswer, endpoint);
        return given.ClientId is { Length: > 0 } id
            ? new(server, issuer, id, given.ClientSecret is { } secret ? new(secret) : null)
            {
                Method = given.TokenEndpointAuthMethod,
                RedirectPort = port,
            }
            : throw new UpstreamRefusedException($"{issuer} registered Gantry without a client_id");
    }
}
