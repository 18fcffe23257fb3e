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

    private ImmutableSortedDictionary<string, int> _principals = ImmutableSortedDictionary.Create<
        string,
        int
    >(StringComparer.Ordinal);

    public Demand Read() =>
        new(
            Volatile.Read(ref _callsWaiting),
            Volatile.Read(ref _lastUseTicks) is var ticks and > 0
                ? new(ticks, TimeSpan.Zero)
                : null,
            Volatile.Read(ref _sessions)
        )
        {
            Principals = [.. Volatile.Read(ref _principals).Keys],
        };

    /// <summary>Notes a use without a call: an operator's start, or a client that arrived.</summary>
    public void Touch()
    {
        Volatile.Write(ref _lastUseTicks, time.GetUtcNow().UtcTicks);
        wake();
    }

    /// <summary>Notes a call that waits for an instance, until disposed.</summary>
    /// <param name="principal">Whose own instance it waits for; null for any.</param>
    public Waiting Wait(string? principal)
    {
        Interlocked.Increment(ref _callsWaiting);
        if (principal is not null)
        {
            Count(principal, 1);
        }

        Touch();
        return new(this, principal);
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

    private void Count(string principal, int change) =>
        ImmutableInterlocked.Update(
            ref _principals,
            static (all, one) =>
                all.GetValueOrDefault(one.principal) + one.change is var count and > 0
                    ? all.SetItem(one.principal, count)
                    : all.Remove(one.principal),
            (principal, change)
        );

    public readonly struct Waiting(DemandMeter meter, string? principal) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref meter._callsWaiting);
            if (principal is not null)
            {
                meter.Count(principal, -1);
            }
        }
    }
}
