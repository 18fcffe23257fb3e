using System.Collections.Frozen;

namespace Gantry.Wire;

/// <summary>
/// What one revision of the protocol allows. Chosen once per peer, then asked; nothing else
/// compares revisions.
/// </summary>
public sealed record Dialect
{
    private static readonly Dialect[] s_table =
    [
        new()
        {
            Revision = "2024-11-05",
            HasSessions = true,
            HasBatches = true,
        },
        new()
        {
            Revision = "2025-03-26",
            HasSessions = true,
            HasBatches = true,
        },
        new() { Revision = "2025-06-18", HasSessions = true },
        new()
        {
            Revision = "2025-11-25",
            HasSessions = true,
            HasPrimedStreams = true,
        },
        new() { Revision = "2026-07-28" },
    ];

    private static readonly FrozenDictionary<string, Dialect> s_known = s_table.ToFrozenDictionary(
        dialect => dialect.Revision
    );

    private Dialect() { }

    public required string Revision { get; init; }

    /// <summary>
    /// Whether a conversation begins with <c>initialize</c> and lasts; otherwise every request
    /// stands alone.
    /// </summary>
    public bool HasSessions { get; private init; }

    /// <summary>Whether a client may send several messages in one array.</summary>
    public bool HasBatches { get; private init; }

    /// <summary>
    /// Whether an event stream begins with an empty event, so that the client knows from where to
    /// resume it. Older clients take that for a message and fail.
    /// </summary>
    public bool HasPrimedStreams { get; private init; }

    /// <summary>The newest revision whose conversations begin with <c>initialize</c>.</summary>
    public static Dialect NewestWithSessions { get; } =
        s_table.Last(dialect => dialect.HasSessions);

    /// <summary>
    /// What to assume of a request that names no revision (2025-06-18, basic/transports).
    /// </summary>
    public static Dialect Unnamed { get; } = s_known["2025-03-26"];

    /// <summary>All known, oldest first.</summary>
    public static IReadOnlyList<Dialect> All => s_table;

    public static Dialect? Find(string revision) => s_known.GetValueOrDefault(revision);

    public static Dialect Older(Dialect one, Dialect other) =>
        Array.IndexOf(s_table, one) < Array.IndexOf(s_table, other) ? one : other;

    public override string ToString() => Revision;
}
