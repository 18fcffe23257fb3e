using System.Text;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// Lends instances of their own to calls without a session, one call at a time. Idle ones are kept
/// for a while, for the next call of the same caller and client.
/// </summary>
internal sealed class Leases(
    Board board,
    SessionTable sessions,
    GatewayLimits limits,
    TimeProvider time
)
{
    private readonly Lock _lock = new();

    // Newest last: those are lent first, so that the others may end.
    private readonly Dictionary<ServerName, List<Lease>> _idle = [];
    private readonly Dictionary<ServerName, LinkedList<Waiter>> _waiting = [];
    private readonly Dictionary<ServerName, int> _lent = [];

    /// <exception cref="ServerUnavailableException">None is free in time.</exception>
    public async ValueTask<Lease> RentAsync(
        Caller caller,
        ServerName server,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        var key = new LeaseKey(caller.Text, Introductions.Of(request));
        var waiter = new Waiter(key);
        lock (_lock)
        {
            if (TakeIdle(server, key) is { } idle)
            {
                Count(server, 1);
                return idle;
            }

            if (IsFull(server))
            {
                _waiting.GetOrAddNew(server).AddLast(waiter);
            }
            else
            {
                Count(server, 1);
                waiter.Give(null);
            }
        }

        return await WaitAsync(server, waiter, cancellationToken) ?? Create(caller, server, key);
    }

    /// <summary>Whether one could be had at once that was made for such a request.</summary>
    public bool HasIdle(Caller caller, ServerName server, Frame request)
    {
        var key = new LeaseKey(caller.Text, Introductions.Of(request));
        lock (_lock)
        {
            return _idle.TryGetValue(server, out var leases)
                && leases.Exists(lease => !lease.Session.IsEnded && key.Fits(lease));
        }
    }

    /// <summary>Takes back a lease whose instance did what it was asked.</summary>
    public void Return(Lease lease)
    {
        lock (_lock)
        {
            if (lease.Session.IsEnded)
            {
                ServeNext(lease.Seat.Server);
            }
            else if (!TryHandOver(lease))
            {
                Count(lease.Seat.Server, -1);
                IdleAt(lease.Seat.Server).Add(lease);
            }
        }
    }

    /// <summary>Takes back what was lent to a request that is over, unless its call waits for an
    /// answer of its client.</summary>
    public void Settle(Exchange exchange)
    {
        if (exchange is not { Lease: { } lease, Parked: null })
        {
            return;
        }

        if (!exchange.IsOver && exchange.Outcome is Outcome.Answered or Outcome.Refused)
        {
            Return(lease);
        }
        else
        {
            Discard(lease, "its call did not end as it should");
        }
    }

    /// <summary>Takes back a lease whose instance is in the middle of something.</summary>
    public void Discard(Lease lease, string why)
    {
        sessions.End(lease.Session, why);
        lock (_lock)
        {
            ServeNext(lease.Seat.Server);
        }
    }

    /// <summary>Ends what nobody has used for a while.</summary>
    public void Tick(int now)
    {
        var idle = (int)limits.LeaseIdleTimeout.TotalSeconds;
        lock (_lock)
        {
            foreach (var (_, leases) in _idle)
            {
                foreach (var lease in leases.Where(one => now - one.Session.LastUse >= idle))
                {
                    sessions.End(lease.Session, "idle");
                }

                leases.RemoveAll(lease => lease.Session.IsEnded);
            }
        }
    }

    private Lease Create(Caller caller, ServerName server, LeaseKey key)
    {
        if (caller.NewLent(sessions, Encoding.UTF8.GetBytes(key.Client)) is { } session)
        {
            return new(sessions.SeatAt(session, server, Isolation.Session), key);
        }

        lock (_lock)
        {
            ServeNext(server);
        }

        throw Caller.TooMany();
    }

    private void Count(ServerName server, int change) =>
        _lent[server] = _lent.GetValueOrDefault(server) + change;

    private Lease? TakeIdle(ServerName server, LeaseKey key)
    {
        if (!_idle.TryGetValue(server, out var leases))
        {
            return null;
        }

        leases.RemoveAll(lease => lease.Session.IsEnded);
        var at = leases.FindLastIndex(key.Fits);
        if (at < 0)
        {
            return null;
        }

        var found = leases[at];
        leases.RemoveAt(at);
        return found;
    }

    // An idle one of somebody else makes room.
    private bool IsFull(ServerName server)
    {
        var most = board.Current.Config.Servers.GetValueOrDefault(server)?.Spec.Instances.Max;
        var isFull = _lent.GetValueOrDefault(server) + IdleAt(server).Count >= most;
        return isFull && !TryEndOldest(server);
    }

    private List<Lease> IdleAt(ServerName server) => _idle.GetOrAddNew(server);

    private bool TryEndOldest(ServerName server)
    {
        if (IdleAt(server) is not [var oldest, ..])
        {
            return false;
        }

        IdleAt(server).RemoveAt(0);
        sessions.End(oldest.Session, "another client needs its place");
        return true;
    }

    private bool TryHandOver(Lease lease)
    {
        var waiting = _waiting.GetOrAddNew(lease.Seat.Server);
        var waiter = waiting.FirstOrDefault(one => one.Key.Fits(lease));
        if (waiter is not null)
        {
            waiting.Remove(waiter);
            return waiter.Give(lease);
        }

        if (waiting.Count == 0)
        {
            return false;
        }

        sessions.End(lease.Session, "another client needs its place");
        ServeNext(lease.Seat.Server);
        return true;
    }

    // The place that one gave up is the next one's.
    private void ServeNext(ServerName server)
    {
        var waiting = _waiting.GetOrAddNew(server);
        if (waiting.First is { Value: var next })
        {
            waiting.RemoveFirst();
            next.Give(null);
        }
        else
        {
            Count(server, -1);
        }
    }

    private async Task<Lease?> WaitAsync(
        ServerName server,
        Waiter waiter,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(limits.LeasePatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            patience.Token
        );
        using var withdrawing = either.Token.Register(() => Withdraw(server, waiter));
        if (await waiter.Task is { } given)
        {
            return given.Lease;
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new ServerUnavailableException(
            $"All instances of server '{server}' are busy with other calls. "
                + "Try again later, or raise instances.max."
        );
    }

    // Under the lock, so that nobody gives it something at the same time.
    private void Withdraw(ServerName server, Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiting.GetOrAddNew(server).Remove(waiter))
            {
                waiter.GiveUp();
            }
        }
    }

    private readonly record struct Place(Lease? Lease);

    private sealed class Waiter(LeaseKey key)
    {
        private readonly TaskCompletionSource<Place?> _given = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public LeaseKey Key { get; } = key;

        /// <summary>Null when it was given up.</summary>
        public Task<Place?> Task => _given.Task;

        /// <param name="lease">Null for a place where one may be made.</param>
        public bool Give(Lease? lease) => _given.TrySetResult(new(lease));

        public void GiveUp() => _given.TrySetResult(null);
    }
}

file static class Lists
{
    public static TValue GetOrAddNew<TKey, TValue>(this Dictionary<TKey, TValue> all, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!all.TryGetValue(key, out var value))
        {
            all[key] = value = new();
        }

        return value;
    }
}
