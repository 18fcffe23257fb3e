using System.Collections.Immutable;

namespace Gantry.Planning;

/// <summary>A plan while it is being made.</summary>
internal sealed class Draft(DateTimeOffset now)
{
    private readonly List<Step> _steps = [];
    private DateTimeOffset? _wakeAt;
    private Trouble? _trouble;

    public int Starts { get; private set; }

    public void Add(Step step)
    {
        _steps.Add(step);
        Starts += step is Step.Start ? 1 : 0;
    }

    /// <summary>What is already due was acted on, so only the future needs an alarm.</summary>
    public void WakeAt(DateTimeOffset? at)
    {
        if (at > now && !(_wakeAt <= at))
        {
            _wakeAt = at;
        }
    }

    /// <summary>The first one said stands: what is wrong with most comes first.</summary>
    public void Blame(Trouble? trouble) => _trouble ??= trouble;

    public Plan Finish() => new([.. _steps], _wakeAt, _trouble);
}
