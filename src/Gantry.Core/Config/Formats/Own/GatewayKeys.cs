using System.Collections.Immutable;
using Gantry.Access;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Every key of the <c>gateway:</c> block.</summary>
internal static class GatewayKeys
{
    /// <summary>More at a time than this is no limit.</summary>
    private const int MostAtATime = 1_000_000;

    public static readonly Key<Rate?> Rated = new(
        "rate",
        new RateShape(),
        "How many requests, as in 100/s, 60/m or 1000/h. Default: any number."
    );
    public static readonly Key<long> Concurrency = new(
        "concurrency",
        new CountShape(1, MostAtATime),
        "How many requests at a time. Default: any number."
    );
    public static readonly Key<Role?> Role = new(
        "role",
        new ChoiceShape<Role?>(
            ("viewer", Access.Role.Viewer),
            ("caller", Access.Role.Caller),
            ("operator", Access.Role.Operator),
            ("admin", Access.Role.Admin)
        ),
        "What they may do: viewer, caller, operator or admin. Default: viewer."
    );
    public static readonly Key<Placed<string>?> Tenant = new(
        "tenant",
        Shapes.Text,
        "Whose servers they see, besides those of no tenant. Default: all."
    );

    public static readonly Key<Placed<string>?> Issuer = new(
        "issuer",
        Shapes.Text,
        "The issuer as it stands in its tokens; https, unless it is on this machine."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Audience = new(
        "audience",
        new TextsShape(),
        "For whom tokens must be made. Default: public_url, or anything below it that is asked for."
    );
    public static readonly Key<Placed<string>?> KeysUrl = new(
        "jwks_url",
        Shapes.Text,
        "Where its keys are. Default: where its metadata says."
    );
    public static readonly Key<Placed<string>?> RolesClaim = new(
        "roles_claim",
        Shapes.Text,
        "The claim with roles, such as realm_access.roles. Default: none, every token makes a caller."
    );
    public static readonly Key<Placed<string>?> TenantClaim = new(
        "tenant_claim",
        Shapes.Text,
        "The claim with the tenant. Default: none, every token sees all servers."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> RoleMap = new(
        "role_map",
        Shapes.TextMap,
        "Which of our roles a value of the claim means. Default: the value is the role."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> RequiredScopes = new(
        "required_scopes",
        new TextsShape(),
        "The scopes that a token must have. Default: none."
    );
    public static readonly KeyTable IssuerBlock = new(
        Issuer,
        Audience,
        KeysUrl,
        RolesClaim,
        RoleMap,
        TenantClaim,
        RequiredScopes,
        Rated,
        Concurrency
    );

    public static readonly Key<Placed<string>?> UserName = new(
        "name",
        Shapes.Text,
        "The user's name."
    );
    public static readonly Key<Placed<string>?> PasswordHash = new(
        "password_hash",
        Shapes.Text,
        "What 'gantry key password' prints."
    );
    public static readonly Key<Placed<string>?> Password = new(
        "password",
        Shapes.Text,
        "In place of a hash, a variable that holds the password."
    );
    private static readonly KeyTable s_user = new(UserName, PasswordHash, Password, Role, Tenant);
    public static readonly Key<ImmutableArray<Node.Mapping>> Users = new(
        "users",
        new BlockListShape(s_user),
        "Who may use the admin API by name and password."
    );

    public static KeyTable UserBlock => s_user;

    public static readonly KeyTable BasicBlock = new(Users);
    public static readonly Key<Node.Mapping?> Basic = new(
        "basic",
        new BlockShape(BasicBlock),
        "Names and passwords, for the admin API and the dashboard only."
    );
    public static readonly Key<ImmutableArray<Node.Mapping>> Jwt = new(
        "jwt",
        new BlockListShape(IssuerBlock),
        "The identity providers whose tokens are accepted."
    );
    public static readonly Key<bool> ApiKeys = new(
        "api_keys",
        new ChoiceShape<bool>(("true", true)),
        "Says that API keys are accepted, which they always are; for a block with nothing else."
    );
    public static readonly KeyTable AuthBlock = new(ApiKeys, Jwt, Basic);

    public static readonly Key<ImmutableArray<Placed<string>>> Origins = new(
        "origins",
        new TextsShape(),
        "The origins of those pages, such as https://app.example.com, or a regular expression between slashes; * for all."
    );
    public static readonly KeyTable CorsBlock = new(Origins);

    public static readonly Key<Placed<string>?> CertificateFile = new(
        "cert_file",
        Shapes.Text,
        "The certificate and its chain, PEM, relative to this file."
    );
    public static readonly Key<Placed<string>?> KeyFile = new(
        "key_file",
        Shapes.Text,
        "Its private key, PEM, relative to this file."
    );
    public static readonly KeyTable TlsBlock = new(CertificateFile, KeyFile);

    public static readonly KeyTable TenantBlock = new(Rated, Concurrency);

    public static readonly Key<ImmutableArray<Placed<string>>> Listen = new(
        "listen",
        new TextsShape(),
        "Where clients connect: HOST:PORT, or unix:PATH relative to this file; one, or several. Default: 127.0.0.1:8080."
    );
    public static readonly Key<Placed<string>?> SocketMode = new(
        "socket_mode",
        Shapes.Text,
        "Who may open the Unix sockets among them, as chmod takes it. Default: 0600, the user that runs Gantry."
    );
    public static readonly Key<Node.Mapping?> Auth = new(
        "auth",
        new BlockShape(AuthBlock),
        "Lets only those in who say who they are: by API key, and by what stands here."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> AllowUnauthenticated = new(
        "allow_unauthenticated",
        new TextsShape(),
        "The listeners that ask nobody, even beyond loopback: main, HOST:PORT, or a port."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> AllowedHosts = new(
        "allowed_hosts",
        new TextsShape(),
        "The names under which the gateway may be addressed, besides localhost; * for any."
    );
    public static readonly Key<Placed<string>?> PublicUrl = new(
        "public_url",
        Shapes.Text,
        "Where clients see the gateway, with a path if a proxy adds one. Default: where it listens."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> TrustedProxies = new(
        "trusted_proxies",
        new TextsShape(),
        "Addresses or networks whose X-Forwarded headers are believed, and unix for what comes over a Unix socket. Default: none."
    );
    public static readonly Key<Node.Mapping?> Cors = new(
        "cors",
        new BlockShape(CorsBlock),
        "Which pages may use the gateway from a browser. Default: none."
    );
    public static readonly Key<Node.Mapping?> Tls = new(
        "tls",
        new BlockShape(TlsBlock),
        "Serves HTTPS on the main listener."
    );
    public static readonly Key<ImmutableArray<Entry>> Tenants = new(
        "tenants",
        new BlockMapShape(TenantBlock),
        "What all callers of a tenant together may ask for, by tenant."
    );

    public static readonly Key<Placed<string>?> Separated = new(
        "separator",
        Shapes.Text,
        "What stands between server and tool where all servers are one: up to 4 of '_', '.' and '-'. Default: __."
    );

    public static readonly Key<Node.Mapping?> Replicated = new(
        "replicas",
        new BlockShape(ReplicaKeys.Table),
        "For several Gantry processes behind one address: any of them serves any client. Default: this is the only one."
    );

    public static readonly KeyTable Table = new(
        Listen,
        SocketMode,
        Separated,
        Auth,
        AllowUnauthenticated,
        AllowedHosts,
        PublicUrl,
        TrustedProxies,
        Cors,
        Tls,
        Tenants,
        Replicated,
        LimitKeys.Limits
    );
}
