using System.Collections.Immutable;
using Gantry.Planning;

namespace Gantry.Reconcile;

/// <summary>
/// Who wants one server right now. Callers note themselves here; the server's loop only reads.
/// </summary>
/// <param name="wake">Wakes the loop: demand may have to start something.</param>
public sealed class DemandMeter(TimeProvider time, Action wake)
{
    private int _callsWaiting;
    private long _lastUseTicks;
    private ImmutableSortedSet<string> _sessions = ImmutableSortedSet.Create<string>(
        StringComparer.Ordinal
    );

    public Demand Read() =>
        new(
            Volatile.Read(ref _callsWaiting),
            Volatile.Read(ref _lastUseTicks) is var ticks and > 0
                ? new(ticks, TimeSpan.Zero)
                : null,
            Volatile.Read(ref _sessions)
        );

    /// <summary>Notes a use without a call: an operator's start, or a client that arrived.</summary>
    public void Touch()
    {
        Volatile.Write(ref _lastUseTicks, time.GetUtcNow().UtcTicks);
        wake();
    }

    /// <summary>Notes a call that waits for an instance, until disposed.</summary>
    public Waiting Wait()
    {
        Interlocked.Increment(ref _callsWaiting);
        Touch();
        return new(this);
    }

    /// <summary>Notes a session that wants an instance of its own.</summary>
    public void Open(string session)
    {
        ImmutableInterlocked.Update(ref _sessions, static (set, one) => set.Add(one), session);
        Touch();
    }

    public void Close(string session)
    {
        ImmutableInterlocked.Update(ref _sessions, static (set, one) => set.Remove(one), session);
        wake();
    }

    public readonly struct Waiting(DemandMeter meter) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref meter._callsWaiting);
    }
}
