using System.Diagnostics;

namespace Gantry.Bench.Load;

/// <summary>How many connections call at once, and over how many sessions they are spread.</summary>
internal sealed record Cell(int Connections, int Sessions)
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Calls in a closed loop for the measured time.</summary>
    /// <param name="whileLoaded">Runs in the middle of the load.</param>
    public async Task<Score> RunAsync(
        Target target,
        TimeSpan measured,
        Action whileLoaded,
        CancellationToken cancellationToken
    )
    {
        var sessions = OpenSessions(target);
        var load = new Load(Connections);
        var callers = Enumerable
            .Range(0, Connections)
            .Select(number => new Caller(number, target, sessions[number % Sessions], load))
            .ToList();
        await Task.Delay(s_warmUp, TimeProvider.System, cancellationToken);
        load.IsMeasuring = true;
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(measured / 2, TimeProvider.System, cancellationToken);
        whileLoaded();
        await Task.Delay(measured / 2, TimeProvider.System, cancellationToken);
        load.IsMeasuring = false;
        var took = Stopwatch.GetElapsedTime(began);
        load.IsOver = true;
        callers.ForEach(caller => caller.Join());
        CloseSessions(target, sessions);
        return Score.Of(callers, took);
    }

    public override string ToString() => $"{Connections} x {Sessions}";

    private string?[] OpenSessions(Target target) =>
        target.AnswersConstant
            ? new string?[Sessions]
            : [.. Enumerable.Range(0, Sessions).Select(_ => Conversation.Open(target))];

    private static void CloseSessions(Target target, string?[] sessions)
    {
        foreach (var session in sessions)
        {
            using var conversation = new Conversation(target, session);
            conversation.End();
        }
    }
}

/// <summary>What the callers of one cell share.</summary>
internal sealed class Load(int connections)
{
    private volatile bool _isMeasuring;
    private volatile bool _isOver;

    public Barrier Start { get; } = new(connections);

    public bool IsMeasuring
    {
        get => _isMeasuring;
        set => _isMeasuring = value;
    }

    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }
}

/// <summary>One thread with one connection. Blocking calls cost the least on this side.</summary>
internal sealed class Caller
{
    private const long IdsPerCaller = 100_000_000;
    private const int StackBytes = 256 * 1024;

    private static int s_lastRange;

    private readonly Target _target;
    private readonly string? _session;
    private readonly Load _load;
    private readonly Thread _thread;

    public Caller(int number, Target target, string? session, Load load)
    {
        (_target, _session, _load) = (target, session, load);
        _thread = new(Run, StackBytes) { IsBackground = true, Name = $"caller {number}" };
        _thread.Start();
    }

    public Histogram Durations { get; } = new();

    public long Wrong { get; private set; }

    public string? Failure { get; private set; }

    public void Join() => _thread.Join();

    private void Run()
    {
        using var conversation = new Conversation(_target, _session);
        _load.Start.SignalAndWait();
        try
        {
            CallUntilOver(conversation);
        }
        catch (Exception exception)
            when (exception is System.Net.Sockets.SocketException or IOException)
        {
            Failure = exception.Message;
        }
    }

    private void CallUntilOver(Conversation conversation)
    {
        var id = Interlocked.Increment(ref s_lastRange) * IdsPerCaller;
        while (!_load.IsOver)
        {
            var isMeasured = _load.IsMeasuring;
            var began = Stopwatch.GetTimestamp();
            var isRight = conversation.Call(++id);
            if (isMeasured && _load.IsMeasuring)
            {
                Durations.Record((long)Stopwatch.GetElapsedTime(began).TotalNanoseconds);
            }

            Wrong += isRight ? 0 : 1;
        }
    }
}

internal sealed record Score(double CallsPerSecond, double P50, double P90, double P99)
{
    public long Wrong { get; init; }

    public string? Failure { get; init; }

    public static Score Of(IReadOnlyCollection<Caller> callers, TimeSpan took)
    {
        var all = new Histogram();
        foreach (var caller in callers)
        {
            all.Add(caller.Durations);
        }

        return new(
            all.Count / took.TotalSeconds,
            all.Percentile(0.50),
            all.Percentile(0.90),
            all.Percentile(0.99)
        )
        {
            Wrong = callers.Sum(caller => caller.Wrong),
            Failure = callers
                .Select(caller => caller.Failure)
                .FirstOrDefault(failure => failure is not null),
        };
    }
}
