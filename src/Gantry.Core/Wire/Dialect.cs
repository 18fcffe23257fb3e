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
        new()
        {
            Revision = "2026-07-28",
            HasSubscriptions = false,
            ResourceNotFound = -32602,
        },
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

    /// <summary>
    /// Whether a request says in its <c>_meta</c> who asks and what the client can do, a result
    /// says what kind it is, and a server that needs to know something asks by its result.
    /// </summary>
    public bool HasRequestMeta => !HasSessions;

    /// <summary>Whether a client that goes away has cancelled what it waited for.</summary>
    public bool DisconnectCancels => !HasSessions;

    /// <summary>Whether single resources are subscribed to, each by a request.</summary>
    public bool HasSubscriptions { get; private init; } = true;

    /// <summary>What the error is called when there is no such resource.</summary>
    public int ResourceNotFound { get; private init; } = -32002;

    /// <summary>The newest revision whose conversations begin with <c>initialize</c>.</summary>
    public static Dialect NewestWithSessions { get; } =
        s_table.Last(dialect => dialect.HasSessions);

    /// <summary>The newest revision in which every request stands alone.</summary>
    public static Dialect NewestWithoutSessions { get; } =
        s_table.Last(dialect => !dialect.HasSessions);

    /// <summary>
    /// What to assume of a request that names no revision (2025-06-18, basic/transports).
    /// </summary>
    public static Dialect Unnamed { get; } = s_known["2025-03-26"];

    /// <summary>All known, oldest first.</summary>
    public static IReadOnlyList<Dialect> All => s_table;

    public static Dialect? Find(string revision) => s_known.GetValueOrDefault(revision);

    public static Dialect Older(Dialect one, Dialect other) =>
        Array.IndexOf(s_table, one) < Array.IndexOf(s_table, other) ? one : other;

    /// <summary>
    /// Whether this revision took away a method that older ones have, given without quotes.
    /// </summary>
    public bool IsRemoved(ReadOnlySpan<byte> method) =>
        !HasSessions
        && (
            method.SequenceEqual("initialize"u8)
            || method.SequenceEqual("ping"u8)
            || method.SequenceEqual("logging/setLevel"u8)
            || method.SequenceEqual("resources/subscribe"u8)
            || method.SequenceEqual("resources/unsubscribe"u8)
            || method.SequenceEqual("tasks/result"u8)
            || method.SequenceEqual("tasks/list"u8)
        );

    public override string ToString() => Revision;
}
