using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>
/// The whole configuration at one moment: every server that may run, and every problem found.
/// Immutable; a change makes a new one.
/// </summary>
/// <param name="Revision">A hash of all that was read; two snapshots with the same revision are
/// the same.</param>
public sealed record ConfigSnapshot(
    string Revision,
    ImmutableSortedDictionary<ServerName, Desired> Servers,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    public static ConfigSnapshot Empty { get; } =
        new("", ImmutableSortedDictionary<ServerName, Desired>.Empty, []);

    public GatewaySettings Gateway { get; init; } = new();

    public ImmutableSortedDictionary<ServerName, GroupSpec> Groups { get; init; } =
        ImmutableSortedDictionary<ServerName, GroupSpec>.Empty;

    /// <summary>Servers that are switched off in their files, and where; none of
    /// <see cref="Servers"/>.</summary>
    public ImmutableSortedDictionary<ServerName, Place> Disabled { get; init; } =
        ImmutableSortedDictionary<ServerName, Place>.Empty;

    public bool HasErrors => Diagnostics.Any(diagnostic => diagnostic.Severity is Severity.Error);
}

/// <summary>A spec together with the hash that its instances carry.</summary>
// Not a property of the spec: `with` would copy a cached hash, and record equality compares
// collections by reference.
public sealed record Desired(ServerSpec Spec, SpecHash Hash)
{
    public ServerName Name => Spec.Name;

    public static Desired Of(ServerSpec spec, ReadOnlySpan<byte> key) =>
        new(spec, SpecHash.Of(spec, key));
}
