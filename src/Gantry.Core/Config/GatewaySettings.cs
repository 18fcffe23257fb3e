using System.Collections.Immutable;
using Gantry.Access;

namespace Gantry.Config;

/// <summary>The <c>gateway:</c> block: how the servers are reached, and by whom.</summary>
public sealed record GatewaySettings
{
    /// <summary>What <see cref="TrustedProxies"/> calls those that come over a Unix socket.
    /// </summary>
    public const string SocketProxy = "unix";

    /// <summary>What stands before the path of a Unix socket to listen on.</summary>
    public const string SocketPrefix = "unix:";

    /// <summary>More bytes than these no system takes as the path of a Unix socket.</summary>
    public const int MaxSocketPath = 107;

    /// <summary>Where clients connect: hosts with their ports, and absolute paths of Unix sockets
    /// behind <see cref="SocketPrefix"/>; empty for the default.</summary>
    public ImmutableArray<string> Listen { get; init; } = [];

    /// <summary>Who may open those sockets.</summary>
    public UnixFileMode SocketMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Who must say who they are; null when nobody is asked.</summary>
    public AuthSettings? Auth { get; init; }

    /// <summary>The listeners on which nobody is asked, though they may be reached from other
    /// machines: <c>main</c>, an address with its port, or a port.</summary>
    public ImmutableArray<string> AllowUnauthenticated { get; init; } = [];

    /// <summary>Names under which the gateway may be addressed, besides those of loopback; one of
    /// them may be <c>*</c>.</summary>
    public ImmutableArray<string> AllowedHosts { get; init; } = [];

    /// <summary>Where clients see the gateway, without a slash at the end; null when that is where
    /// it listens.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Addresses and networks whose X-Forwarded headers are believed, and
    /// <see cref="SocketProxy"/>.</summary>
    public ImmutableArray<string> TrustedProxies { get; init; } = [];

    /// <summary>The origins of pages that may read answers; <c>*</c> for all.</summary>
    public ImmutableArray<string> CorsOrigins { get; init; } = [];

    /// <summary>Null where the listener speaks plain HTTP.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>What all callers of a tenant together may ask for.</summary>
    public ImmutableDictionary<string, Limits> Tenants { get; init; } =
        ImmutableDictionary<string, Limits>.Empty;

    /// <summary>Between server and tool where several servers look like one.</summary>
    public Separator Separator { get; init; } = Separator.Default;

    /// <summary>Null when no other process serves the same clients.</summary>
    public ReplicaSettings? Replicas { get; init; }

    /// <summary>What holds from the start of the gateway until its end.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>Changes with any value, those of variables included, and tells none.</summary>
    public string Fingerprint { get; init; } = "";
}

/// <summary>How callers say who they are, besides API keys, which are always understood.</summary>
public sealed record AuthSettings
{
    public ImmutableArray<IssuerSettings> Issuers { get; init; } = [];

    public ImmutableArray<UserSettings> Users { get; init; } = [];
}

/// <summary>An identity provider whose tokens are accepted.</summary>
/// <param name="Issuer">As it stands in its tokens.</param>
public sealed record IssuerSettings(string Issuer)
{
    /// <summary>For whom tokens must be made; empty for the gateway's public URL.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Where its keys are; null to ask its metadata.</summary>
    public Uri? KeysUrl { get; init; }

    /// <summary>The claim with roles, with dots between levels; null when every token makes a
    /// caller.</summary>
    public string? RolesClaim { get; init; }

    public ImmutableDictionary<string, Role> RoleMap { get; init; } =
        ImmutableDictionary<string, Role>.Empty;

    /// <summary>The claim with the tenant; null when its callers belong to none and see all.</summary>
    public string? TenantClaim { get; init; }

    public ImmutableArray<string> RequiredScopes { get; init; } = [];

    /// <summary>What each of its callers may ask for.</summary>
    public Limits Limits { get; init; } = Limits.None;
}

/// <summary>Somebody with a password, for the admin API and the dashboard.</summary>
public sealed record UserSettings(string Name, Role Role)
{
    public string? Tenant { get; init; }

    public PasswordHash? Hash { get; init; }

    /// <summary>The password itself, where no hash is given.</summary>
    public Expandable? Password { get; init; }
}

/// <param name="CertificateFile">PEM; with the chain behind it.</param>
public sealed record TlsSettings(string CertificateFile, string KeyFile);

/// <summary>How this process and its replicas serve the same clients.</summary>
public sealed record ReplicaSettings
{
    /// <summary>What all of them share: the first seals, each opens. None when those that were
    /// given will not do.</summary>
    public ImmutableArray<Expandable> Secrets { get; init; } = [];

    /// <summary>Where the others reach this one; null for where it listens.</summary>
    public Uri? Url { get; init; }

    /// <summary>PEM, with the authorities that sign the replicas' certificates; null for those that
    /// the machine knows.</summary>
    public string? CaFile { get; init; }

    /// <summary>How long another replica may take to accept a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long another replica may take to begin its answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether it is the address of one machine, and not of all that one has.</summary>
    public static bool IsReachable(Uri url) => url.IdnHost is not ("0.0.0.0" or "::" or "[::]");
}
