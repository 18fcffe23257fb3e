using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys of <c>auth</c>: how Gantry shows a server that runs elsewhere who it is.
/// </summary>
internal static class AuthKeys
{
    public static readonly Key<AuthKind> Kind = new(
        "type",
        new ChoiceShape<AuthKind>(("oauth", AuthKind.OAuth), ("bearer", AuthKind.Bearer)),
        "oauth: log in with 'gantry login', or by client_id and client_secret. bearer: a fixed token. Default: oauth."
    );
    public static readonly Key<Placed<string>?> Token = new(
        "token",
        Shapes.Text,
        "With type: bearer: the token, as ${VARIABLE}."
    );
    public static readonly Key<OAuthGrant> Grant = new(
        "grant",
        new ChoiceShape<OAuthGrant>(
            ("authorization_code", OAuthGrant.AuthorizationCode),
            ("client_credentials", OAuthGrant.ClientCredentials)
        ),
        "authorization_code: a person agrees in a browser. client_credentials: Gantry acts for itself. Default: authorization_code."
    );
    public static readonly Key<Placed<string>?> ClientId = new(
        "client_id",
        Shapes.Text,
        "The client that was registered by hand. Default: Gantry registers itself."
    );
    public static readonly Key<Placed<string>?> ClientSecret = new(
        "client_secret",
        Shapes.Text,
        "Its secret, as ${VARIABLE}."
    );
    public static readonly Key<Placed<string>?> PrivateKeyFile = new(
        "private_key_file",
        Shapes.Text,
        "In place of a secret: a PEM file with the private key that signs the client's assertions."
    );
    public static readonly Key<Placed<string>?> ClientMetadataUrl = new(
        "client_metadata_url",
        Shapes.Text,
        "The https:// address where the client describes itself, used as its id where the authorization server takes that."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Scopes = new(
        "scopes",
        Shapes.TextList,
        "Scopes to ask for besides those that the server demands. Default: all that it offers."
    );
    public static readonly Key<Placed<string>?> Issuer = new(
        "issuer",
        Shapes.Text,
        "The only authorization server to trust. Default: the one that the server names."
    );
    public static readonly Key<Placed<int>?> RedirectPort = new(
        "redirect_port",
        Shapes.Port,
        "The port of this machine to which the browser comes back. Default: any free one."
    );
    public static readonly Key<CredentialOwner> Per = new(
        "per",
        new ChoiceShape<CredentialOwner>(
            ("server", CredentialOwner.Server),
            ("principal", CredentialOwner.Principal)
        ),
        "server: all callers share one login. principal: each caller has an own one. Default: server."
    );

    public static readonly KeyTable Block = new(
        Kind,
        Token,
        Grant,
        ClientId,
        ClientSecret,
        PrivateKeyFile,
        ClientMetadataUrl,
        Scopes,
        Issuer,
        RedirectPort,
        Per
    );

    public static readonly Key<Node.Mapping?> Auth = new(
        "auth",
        new BlockShape(Block),
        "How Gantry shows a server with a url who it is. Default: OAuth, when the server asks for it."
    );

    /// <summary>What makes no sense beside a fixed token.</summary>
    public static ImmutableArray<Key> OfOAuth { get; } =
    [.. Block.Keys.Where(key => key != Kind && key != Token)];
}

internal enum AuthKind
{
    OAuth,
    Bearer,
}
