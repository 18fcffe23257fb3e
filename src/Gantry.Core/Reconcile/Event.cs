using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Reconcile;

/// <summary>Something that happened, for people: what, to which, and why.</summary>
/// <param name="Kind">One word to filter by, such as <c>start</c>, <c>ready</c>, <c>exit</c>,
/// <c>config</c>.</param>
public sealed record Event(
    DateTimeOffset At,
    string Kind,
    string Message,
    ServerName? Server = null,
    InstanceId? Instance = null
);
