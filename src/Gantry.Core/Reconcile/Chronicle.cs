using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging;

namespace Gantry.Reconcile;

/// <summary>
/// Tells people what happened to one server, each fact once, however often it is observed and
/// however old an observation is. It only tells; nothing is decided from what it remembers.
/// </summary>
internal sealed partial class Chronicle(ServerName server, Feed<Event> events, ILogger logger)
{
    /// <summary>How many instances are remembered, to not tell of them twice.</summary>
    private const int MaxRemembered = 1_000;

    private readonly Dictionary<InstanceId, Told> _told = [];
    private readonly Dictionary<InstanceId, string> _whys = [];
    private bool _crashLoops;

    public void Note(IEnumerable<Instance> observed, DateTimeOffset now)
    {
        foreach (var instance in observed)
        {
            var told = _told.GetValueOrDefault(instance.Id);
            var begins = instance.StartedAt > told.StartedAt;
            if (begins || (instance.StartedAt == told.StartedAt && instance.Phase > told.Phase))
            {
                _told[instance.Id] = new(instance.StartedAt, instance.Phase, false);
                Tell(instance, begins, now);
            }
        }

        Forget();
    }

    public void Note(Step step, DateTimeOffset now)
    {
        if (step is Step.Start)
        {
            _whys[step.Instance] = step.Why;
        }
        else if (
            step is Step.Kill
            && _told.TryGetValue(step.Instance, out var told)
            && !told.Killed
        )
        {
            _told[step.Instance] = told with { Killed = true };
            Tell("kill", step.ToString(), step.Instance, now);
        }
    }

    public void Note(Plan plan, DateTimeOffset now)
    {
        if (plan.Trouble is { Kind: TroubleKind.CrashLoop } trouble)
        {
            if (!_crashLoops)
            {
                Tell("crash-loop", trouble.Message, null, now);
            }

            _crashLoops = true;
        }
        else if (_told.Values.Any(told => told.Phase is Phase.Ready))
        {
            _crashLoops = false;
        }
    }

    private void Tell(Instance instance, bool begins, DateTimeOffset now)
    {
        if (begins)
        {
            _whys.Remove(instance.Id, out var why);
            Tell(
                "start",
                $"start {instance.Id}: {why ?? "found running"}",
                instance.Id,
                instance.StartedAt
            );
        }

        if (instance.Phase is not Phase.Starting)
        {
            Tell(Kind(instance.Phase), Describe(instance), instance.Id, Moment(instance, now));
        }
    }

    private static string Kind(Phase phase) =>
        phase switch
        {
            Phase.Ready => "ready",
            Phase.Draining => "drain",
            Phase.Stopping => "stop",
            _ => "exit",
        };

    private static string Describe(Instance instance) =>
        instance.Phase switch
        {
            Phase.Ready => $"{instance.Id} ready after "
                + Retirement.Text((instance.ReadyAt ?? instance.Since) - instance.StartedAt),
            Phase.Exited => Backoff.Describe(Exits.Of(instance)),
            var phase => $"{Kind(phase)} {instance.Id}: {instance.Reason ?? "asked"}",
        };

    private static DateTimeOffset Moment(Instance instance, DateTimeOffset now) =>
        instance.Since == default ? now : instance.Since;

    private void Forget()
    {
        while (_told.Count > MaxRemembered)
        {
            _told.Remove(_told.MinBy(entry => entry.Value.StartedAt).Key);
        }

        if (_whys.Count > MaxRemembered)
        {
            _whys.Clear();
        }
    }

    private void Tell(string kind, string message, InstanceId? instance, DateTimeOffset at)
    {
        events.Append(new(at, kind, message, server, instance));
        LogEvent(server, message);
    }

    private readonly record struct Told(DateTimeOffset StartedAt, Phase Phase, bool Killed);

    [LoggerMessage(LogLevel.Information, "{Server}: {Message}")]
    private partial void LogEvent(ServerName server, string message);
}
