using System.Diagnostics;
using System.Net.Sockets;

namespace Gantry.Bench.Load;

/// <summary>One thread with one connection. Blocking calls cost the least on this side.</summary>
internal sealed class Caller
{
    private const long IdsPerCaller = 100_000_000;
    private const int StackBytes = 256 * 1024;

    private static int s_lastRange;

    private readonly int _number;
    private readonly Target _target;
    private readonly string? _session;
    private readonly Load _load;
    private readonly Thread _thread;

    public Caller(int number, Target target, string? session, Load load)
    {
        (_number, _target, _session, _load) = (number, target, session, load);
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
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            Failure = exception.Message;
        }
    }

    private void CallUntilOver(Conversation conversation)
    {
        var beat = Beat.Of(_load.Cell, _number, _load.Began);
        var id = Interlocked.Increment(ref s_lastRange) * IdsPerCaller;
        while (!_load.IsOver)
        {
            // What waited for its turn on this side has waited all the same.
            var due = beat?.Next() ?? Stopwatch.GetTimestamp();
            var isMeasured = _load.IsMeasuring;
            var isRight = conversation.Call(++id);
            if (isMeasured && _load.IsMeasuring)
            {
                Durations.Record((long)Stopwatch.GetElapsedTime(due).TotalNanoseconds);
            }

            Wrong += isRight ? 0 : 1;
        }
    }
}
