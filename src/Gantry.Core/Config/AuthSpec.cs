using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>How Gantry shows a server that runs elsewhere who it is.</summary>
public abstract record AuthSpec
{
    private protected AuthSpec() { }

    /// <summary>All that is set, by name, with the values of secrets: for comparing only.</summary>
    internal abstract IEnumerable<(string Name, string Value)> Parts();
}

/// <summary>A token that somebody made by hand.</summary>
public sealed record BearerAuth(Expandable Token) : AuthSpec
{
    internal override IEnumerable<(string Name, string Value)> Parts() => [("token", Token.Value)];
}

/// <summary>
/// OAuth 2.1, with what the server and its authorization server say about themselves. What stays
/// unset is found out.
/// </summary>
public sealed record OAuthAuth : AuthSpec
{
    /// <summary>For a server of whose authorization nothing is configured.</summary>
    public static OAuthAuth Default { get; } = new();

    public OAuthGrant Grant { get; init; } = OAuthGrant.AuthorizationCode;

    /// <summary>Of a client that was registered by hand; null to register as needed.</summary>
    public Expandable? ClientId { get; init; }

    public Expandable? ClientSecret { get; init; }

    /// <summary>A PEM file with the key that signs the client's assertions; absolute.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>Where the client describes itself, which is then its id.</summary>
    public string? ClientMetadataUrl { get; init; }

    /// <summary>Asked for besides what the server demands; empty to ask for what it offers.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>The only authorization server that is trusted; null for the one the server names.
    /// </summary>
    public string? Issuer { get; init; }

    /// <summary>Where the browser comes back to; null for any free port.</summary>
    public int? RedirectPort { get; init; }

    public CredentialOwner Per { get; init; } = CredentialOwner.Server;

    internal override IEnumerable<(string Name, string Value)> Parts() =>
        new (string Name, string? Value)[]
        {
            ("grant", $"{Grant}"),
            ("client", ClientId?.Value),
            ("secret", ClientSecret?.Value),
            ("key", PrivateKeyFile),
            ("metadata", ClientMetadataUrl),
            ("scopes", string.Join(' ', Scopes)),
            ("issuer", Issuer),
            ("port", RedirectPort is { } port ? $"{port}" : null),
            ("per", $"{Per}"),
        }
            .Where(part => !string.IsNullOrEmpty(part.Value))
            .Select(part => (part.Name, part.Value ?? ""));
}

public enum OAuthGrant
{
    /// <summary>A person agrees in a browser.</summary>
    AuthorizationCode,

    /// <summary>Gantry acts for itself.</summary>
    ClientCredentials,
}

/// <summary>Whose a credential is.</summary>
public enum CredentialOwner
{
    /// <summary>All callers of the server share it.</summary>
    Server,

    /// <summary>Each caller has an own one.</summary>
    Principal,
}
