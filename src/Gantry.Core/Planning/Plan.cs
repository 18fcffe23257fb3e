using System.Collections.Immutable;

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

/// <summary>Why a server does not run as wanted.</summary>
/// <param name="Kind">One word to search for: <c>Backoff</c>, <c>CrashLoop</c>, <c>Paused</c>,
/// <c>Full</c>.</param>
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

    /// <summary>More sessions want an instance than there may be.</summary>
    Full,
}
