using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging;

namespace Gantry.Reconcile;

/// <summary>What all loops share.</summary>
internal sealed record Surroundings(
    IRuntime Runtime,
    Board Board,
    ServerRecords Records,
    StartSlots Slots,
    Feed<Event> Events,
    TimeProvider Time
);

/// <summary>
/// Keeps one server as its spec says. Events only wake the loop; what to do is decided from what
/// is wanted and what the runtime reports, so a lost, late or doubled event changes nothing.
/// </summary>
internal sealed partial class ServerLoop
{
    /// <summary>How often a server is looked at when nothing happens.</summary>
    private static readonly TimeSpan s_resync = TimeSpan.FromSeconds(30);

    /// <summary>When to look whether steps had an effect, should nobody say so.</summary>
    private static readonly TimeSpan s_followUp = TimeSpan.FromSeconds(2);

    /// <summary>How long to rest before steps that had no effect are taken once more.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly ServerName _name;
    private readonly Surroundings _shared;
    private readonly Chronicle _chronicle;
    private readonly ILogger _logger;
    private readonly WakeUp _wakeUp = new();
    private readonly TaskCompletionSource _down = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private Desired? _desired;
    private bool _shuttingDown;
    private int _emptyPasses;
    private string _steps = "";

    public ServerLoop(ServerName name, Surroundings shared, ILogger<ServerLoop> logger)
    {
        _name = name;
        _shared = shared;
        _logger = logger;
        _chronicle = new(name, shared.Events, logger);
        Demand = new(shared.Time, Wake);
    }

    public ServerName Name => _name;

    public DemandMeter Demand { get; }

    /// <summary>What is wanted now; setting it does not wake the loop.</summary>
    public Desired? Desired
    {
        get => Volatile.Read(ref _desired);
        set => Volatile.Write(ref _desired, value);
    }

    /// <summary>
    /// Whether it has nothing left to do: not wanted, and nothing alive. Seen twice, because an
    /// observation may be older than the last start.
    /// </summary>
    public bool IsDone => Desired is null && _emptyPasses >= 2;

    /// <summary>Completes once a shutdown was asked for and nothing is alive.</summary>
    public Task Down => _down.Task;

    public void Wake() => _wakeUp.Call();

    public void ShutDown()
    {
        Volatile.Write(ref _shuttingDown, true);
        Wake();
    }

    /// <summary>One pass after the other, until it may end.</summary>
    public async Task RunAsync(Func<bool> mayEnd, CancellationToken cancellationToken)
    {
        while (!mayEnd())
        {
            var before = _steps;
            var patience = await PassAsync(cancellationToken);
            if (_steps.Length > 0 && _steps == before)
            {
                // Each step wakes the loop; without a rest, a kill that takes its time would spin.
                await Task.Delay(s_rest, _shared.Time, cancellationToken);
            }

            if (!IsDone)
            {
                await _wakeUp.WaitAsync(patience, _shared.Time, cancellationToken);
            }
        }

        _shared.Slots.Claim(_name, StartClaim.None);
        _down.TrySetResult();
    }

    /// <summary>
    /// Observes, plans, and takes the steps. Returns how long to wait for the next pass if nothing
    /// happens before.
    /// </summary>
    internal async Task<TimeSpan> PassAsync(CancellationToken cancellationToken)
    {
        try
        {
            var facts = await GatherAsync(cancellationToken);
            var plan = Planner.Make(facts);
            Publish(facts, plan);
            var begun = BeginSlots(facts, plan);
            foreach (
                var step in plan.Steps.Where(step =>
                    step is not Step.Start || begun.Contains(step.Instance)
                )
            )
            {
                LogStep(_name, step);
                _chronicle.Note(step, facts.Now);
                await ApplyAsync(step, cancellationToken);
            }

            Conclude(facts, plan);
            return Patience(plan);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested
            )
        {
            LogPassFailed(_name, exception);
            _shared.Slots.Claim(_name, StartClaim.None);
            return s_retry;
        }
    }

    private async Task<Facts> GatherAsync(CancellationToken cancellationToken)
    {
        // Before the observation: whoever asks for something later also wakes the loop once more.
        var demand = Demand.Read();
        var desired = Desired;
        var shuttingDown = Volatile.Read(ref _shuttingDown);
        var observed = await _shared.Runtime.ObserveAsync(_name, cancellationToken);
        _shared.Records.Note(_name, Exits.Among(observed));
        var record = _shared.Records.Of(_name);
        var now = _shared.Time.GetUtcNow();
        _chronicle.Note(observed, now);
        return new(desired, record.Intent, observed, record.Exits, demand, now)
        {
            ShuttingDown = shuttingDown,
        };
    }

    private void Publish(Facts facts, Plan plan)
    {
        _chronicle.Note(plan, facts.Now);
        var status = new ServerStatus(
            _name,
            facts.Desired,
            facts.Intent,
            facts.Observed,
            facts.Exits,
            plan,
            facts.Now
        );
        _shared.Board.Publish(board =>
            board.Servers.TryGetValue(_name, out var was) && SaysTheSame(was, status)
                ? board
                : board with
                {
                    Servers = board.Servers.SetItem(_name, status),
                }
        );
    }

    // Arrays compare by reference; without this, every look at an idle server would be news.
    private static bool SaysTheSame(ServerStatus one, ServerStatus other) =>
        ReferenceEquals(one.Desired, other.Desired)
        && one.Intent == other.Intent
        && one.Instances.SequenceEqual(other.Instances)
        && one.Exits.SequenceEqual(other.Exits)
        && one.Plan.WakeAt == other.Plan.WakeAt
        && one.Plan.Trouble == other.Plan.Trouble
        && one.Plan.Steps.SequenceEqual(other.Plan.Steps);

    private IReadOnlySet<InstanceId> BeginSlots(Facts facts, Plan plan)
    {
        var starting = facts.Observed.Where(instance => instance.Phase is Phase.Starting);
        var wanted = plan.Steps.OfType<Step.Start>().ToList();
        return _shared.Slots.Claim(
            _name,
            new(
                [.. starting.Select(instance => instance.Id)],
                [.. wanted.Select(start => start.Instance)],
                facts.Demand.CallsWaiting > 0 || wanted.Exists(start => start.Session is not null),
                Wake
            )
        );
    }

    private ValueTask ApplyAsync(Step step, CancellationToken cancellationToken) =>
        step switch
        {
            Step.Start start => _shared.Runtime.StartAsync(start, cancellationToken),
            Step.Drain drain => _shared.Runtime.DrainAsync(drain, cancellationToken),
            Step.Stop stop => _shared.Runtime.StopAsync(stop, cancellationToken),
            Step.Kill kill => _shared.Runtime.KillAsync(kill, cancellationToken),
            _ => throw new UnreachableException(),
        };

    private void Conclude(Facts facts, Plan plan)
    {
        _steps = plan.ToString();
        var empty = !facts.Observed.Any(instance => instance.IsAlive);
        _emptyPasses = empty && facts.Desired is null ? _emptyPasses + 1 : 0;
        if (empty && facts.ShuttingDown)
        {
            _down.TrySetResult();
        }
    }

    private TimeSpan Patience(Plan plan)
    {
        var now = _shared.Time.GetUtcNow();
        var resync = Jitter.Of(s_resync, $"{_name} {now.UtcTicks}");
        var patience = plan.Steps.IsEmpty && _emptyPasses == 0 ? resync : s_followUp;
        return plan.WakeAt - now is { } planned && planned < patience ? RoundUp(planned) : patience;
    }

    // Timers count whole milliseconds; one that rings early would have the loop spin until it is time.
    private static TimeSpan RoundUp(TimeSpan span) =>
        TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(span.TotalMilliseconds)));

    [LoggerMessage(LogLevel.Debug, "{Server}: {Step}")]
    private partial void LogStep(ServerName server, Step step);

    [LoggerMessage(LogLevel.Warning, "{Server}: pass failed; trying again soon")]
    private partial void LogPassFailed(ServerName server, Exception exception);
}
