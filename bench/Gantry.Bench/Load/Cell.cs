using System.Diagnostics;
using Gantry.Bench.Subjects;

namespace Gantry.Bench.Load;

/// <summary>How many connections call at once, over how many sessions they are spread, and how
/// often they call.</summary>
/// <param name="Rate">Calls per second, all together, whether answered or not; null to send the
/// next call when the answer is in.</param>
internal sealed record Cell(int Connections, int Sessions, int? Rate = null)
{
    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Calls for the measured time, and what that cost the one who runs.</summary>
    public async Task<Score> RunAsync(
        Target target,
        TimeSpan measured,
        Running running,
        CancellationToken cancellationToken
    )
    {
        var sessions = OpenSessions(target);
        var load = new Load(this);
        var callers = Enumerable
            .Range(0, Connections)
            .Select(number => new Caller(number, target, sessions[number % Sessions], load))
            .ToList();
        await PauseAsync(measured / 2, s_longestWarmUp, cancellationToken);
        var before = running.Spent();
        var own = Environment.CpuUsage.TotalTime;
        var stolen = Stolen.SoFar();
        load.IsMeasuring = true;
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(measured / 2, TimeProvider.System, cancellationToken);
        var memory = running.Memory();
        await Task.Delay(measured / 2, TimeProvider.System, cancellationToken);
        load.IsMeasuring = false;
        var took = Stopwatch.GetElapsedTime(began);
        own = Environment.CpuUsage.TotalTime - own;
        stolen = Stolen.SoFar() - stolen;
        var spent = running.Spent() - before;
        load.IsOver = true;
        callers.ForEach(caller => caller.Join());
        CloseSessions(target, sessions);
        return Score.Of(callers, took) with
        {
            Spent = spent,
            Own = own,
            Memory = memory,
            Stolen = stolen.Share,
        };
    }

    public override string ToString() =>
        Rate is null ? $"{Connections} x {Sessions}" : $"{Connections} x {Sessions} at {Rate}/s";

    private string?[] OpenSessions(Target target) =>
        [.. Enumerable.Range(0, Sessions).Select(_ => Conversation.Open(target))];

    private static Task PauseAsync(
        TimeSpan time,
        TimeSpan most,
        CancellationToken cancellationToken
    ) => Task.Delay(time < most ? time : most, TimeProvider.System, cancellationToken);

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
internal sealed class Load
{
    private volatile bool _isMeasuring;
    private volatile bool _isOver;

    public Load(Cell cell)
    {
        Cell = cell;
        Start = new(cell.Connections, _ => Began = Stopwatch.GetTimestamp());
    }

    public Cell Cell { get; }

    public Barrier Start { get; }

    /// <summary>When all callers were there.</summary>
    public long Began { get; private set; }

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
