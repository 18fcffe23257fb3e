namespace Gantry.Access;

/// <summary>Somebody who came in, and what they may do.</summary>
/// <param name="Id">Tells one from another, also in logs; never a secret.</param>
public sealed record Principal(string Id, PrincipalKind Kind, Role Role)
{
    /// <summary>Whoever is let in without being asked.</summary>
    public static Principal Anonymous { get; } =
        new("anonymous", PrincipalKind.Anonymous, Role.Caller);

    /// <summary>The user of this machine to whom the daemon belongs.</summary>
    public static Principal Local { get; } = new("local", PrincipalKind.Local, Role.Admin);

    public Tenancy Tenancy { get; init; } = Tenancy.All;

    /// <summary>The API key they came with; null for all others.</summary>
    public string? KeyId { get; init; }

    public Limits Limits { get; init; } = Limits.None;

    public override string ToString() => Id;
}

public enum PrincipalKind
{
    /// <summary>By an API key.</summary>
    Key,

    /// <summary>By a token of an identity provider.</summary>
    Jwt,

    /// <summary>By name and password.</summary>
    Basic,

    /// <summary>By the Unix socket or the admin token.</summary>
    Local,

    Anonymous,
}

/// <summary>Whose servers somebody sees. Servers without tenant belong to everybody.</summary>
/// <param name="Tenant">The one tenant; null for none of its own.</param>
/// <param name="IsEverything">Whether no tenant's servers are hidden.</param>
public readonly record struct Tenancy(string? Tenant, bool IsEverything)
{
    /// <summary>Sees every tenant's servers.</summary>
    public static Tenancy All { get; } = new(null, true);

    /// <summary>Sees only what belongs to everybody.</summary>
    public static Tenancy Nobody { get; } = new(null, false);

    /// <param name="tenant">Null for all.</param>
    public static Tenancy Of(string? tenant) => tenant is null ? All : new(tenant, false);

    /// <param name="tenant">Whose it is; null when it is everybody's.</param>
    public bool Sees(string? tenant) =>
        IsEverything || tenant is null || string.Equals(tenant, Tenant, StringComparison.Ordinal);
}

/// <summary>How much somebody may ask for; null where there is no bound.</summary>
public sealed record Limits(Rate? Rate, int? Concurrency)
{
    public static Limits None { get; } = new(null, null);
}
