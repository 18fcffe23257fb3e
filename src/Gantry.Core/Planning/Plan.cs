using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>
/// What to do next, and why. Made by the planner; carried out without further choice.
/// </summary>
/// <param name="WakeAt">When to plan again even if nothing happens; null when only an event can
/// matter.</param>
/// <param name="Trouble">Why the server is not as it should be, for people and for the error of a
/// call that waits; null when nothing is wrong.</param>
public sealed record Plan(
    ImmutableArray<Step> Steps,
    DateTimeOffset? WakeAt = null,
    Trouble? Trouble = null
)
{
    public static Plan Nothing { get; } = new([]);

    public override string ToString() => string.Join('\n', Steps.Select(step => step.ToString()));
}

/// <summary>One call to one runtime.</summary>
public abstract record Step(InstanceId Instance, string Why)
{
    /// <param name="Session">The session it is for; null when shared.</param>
    public sealed record Start(
        Desired Desired,
        InstanceId Instance,
        long Generation,
        string? Session,
        string Why
    ) : Step(Instance, Why)
    {
        public override string ToString() => $"start {Instance}: {Why}";
    }

    public sealed record Drain(InstanceId Instance, DateTimeOffset Deadline, string Why)
        : Step(Instance, Why)
    {
        public override string ToString() => $"drain {Instance}: {Why}";
    }

    /// <param name="Deadline">When a kill is due if it has not left by then.</param>
    public sealed record Stop(InstanceId Instance, DateTimeOffset Deadline, Cause Cause, string Why)
        : Step(Instance, Why)
    {
        public override string ToString() => $"stop {Instance}: {Why}";
    }

    public sealed record Kill(InstanceId Instance, string Why) : Step(Instance, Why)
    {
        public override string ToString() => $"kill {Instance}: {Why}";
    }
}

/// <summary>Why a server does not run as wanted.</summary>
/// <param name="Kind">One word to search for: <c>Backoff</c>, <c>CrashLoop</c>, <c>Paused</c>.</param>
/// <param name="Message">One sentence with the cause and, where there is one, the remedy.</param>
/// <param name="RetryAt">When the next start is due; null when it takes an operator.</param>
public sealed record Trouble(TroubleKind Kind, string Message, DateTimeOffset? RetryAt = null);

public enum TroubleKind
{
    /// <summary>It failed and will be tried again soon.</summary>
    Backoff,

    /// <summary>It failed so often that it is tried only now and then.</summary>
    CrashLoop,

    /// <summary>The operator stopped it.</summary>
    Paused,
}
