using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>Everything that a plan is made from. What is not in here cannot matter.</summary>
/// <param name="Desired">Null when the configuration no longer has the server.</param>
/// <param name="Exits">The recent exits, oldest first, over restarts of Gantry too.</param>
public sealed record Facts(
    Desired? Desired,
    Intent Intent,
    ImmutableArray<Instance> Observed,
    ImmutableArray<Exit> Exits,
    Demand Demand,
    DateTimeOffset Now
)
{
    /// <summary>Gantry itself is about to end: nothing is wanted any more.</summary>
    public bool ShuttingDown { get; init; }
}

/// <summary>What the operator said about a server with start, stop and restart.</summary>
/// <param name="Generation">Grows with every start and restart: an instance of an earlier
/// generation is replaced, and exits before <paramref name="Since"/> are forgiven.</param>
/// <param name="Since">When the generation began.</param>
public sealed record Intent(long Generation, bool Paused, DateTimeOffset Since)
{
    public static Intent Default { get; } = new(0, false, DateTimeOffset.MinValue);
}

/// <summary>One exit of one instance, as kept in the history.</summary>
/// <param name="ReadyFor">How long it had been ready; zero when it never was.</param>
public sealed record Exit(
    InstanceId Instance,
    SpecHash Hash,
    DateTimeOffset At,
    Cause Cause,
    int? ExitCode,
    TimeSpan ReadyFor,
    string? Reason
);

/// <summary>Who wants the server right now. Open sessions alone are not demand.</summary>
/// <param name="CallsWaiting">Calls that wait for an instance to be ready.</param>
/// <param name="LastUse">When a call or an operator last asked for the server; null for never.</param>
/// <param name="Sessions">The sessions that want an instance of their own, when isolation is by
/// session.</param>
public sealed record Demand(
    int CallsWaiting,
    DateTimeOffset? LastUse,
    ImmutableSortedSet<string> Sessions
)
{
    /// <summary>The principals whose calls wait for an instance of their own, when isolation is by
    /// principal.</summary>
    public ImmutableSortedSet<string> Principals { get; init; } = [];

    public static Demand None { get; } = new(0, null, []);
}
