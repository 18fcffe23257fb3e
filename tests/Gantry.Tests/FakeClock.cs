namespace Gantry;

/// <summary>A clock that only moves when told to, and rings its timers on the way.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _set = NewSignal();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var until = GetUtcNow() + by;
        while (NextRing(until) is { } ring)
        {
            ring();
        }
    }

    /// <summary>Waits until so many timers are set: whoever sleeps by this clock has lain down.</summary>
    public Task SleepersAsync(int count, CancellationToken cancellationToken) =>
        TimersAsync(timers => timers.Count >= count, cancellationToken);

    /// <summary>Waits until somebody sleeps who is to be woken within so long.</summary>
    public Task SleeperWithinAsync(TimeSpan time, CancellationToken cancellationToken) =>
        TimersAsync(
            timers => timers.Exists(timer => timer.DueAt <= _now + time),
            cancellationToken
        );

    /// <summary>Waits until somebody has just lain down for so long.</summary>
    public Task SleeperForAsync(TimeSpan time, CancellationToken cancellationToken) =>
        SleepersForAsync(time, 1, cancellationToken);

    /// <summary>Waits until so many have just lain down for so long.</summary>
    public Task SleepersForAsync(TimeSpan time, int count, CancellationToken cancellationToken) =>
        TimersAsync(
            timers => timers.Count(timer => timer.DueAt == _now + time) >= count,
            cancellationToken
        );

    private async Task TimersAsync(
        Predicate<List<Timer>> enough,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            Task set;
            lock (_lock)
            {
                if (enough(_timers))
                {
                    return;
                }

                set = _set.Task;
            }

            await set.WaitAsync(cancellationToken);
        }
    }

    private Action? NextRing(DateTimeOffset until)
    {
        lock (_lock)
        {
            var next = _timers.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
            _now = next is null || next.DueAt < _now ? (next is null ? until : _now) : next.DueAt;
            next?.Rearm();
            return next?.Ring;
        }
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Timer(FakeClock clock, Action ring) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset DueAt { get; private set; }

        public Action Ring => ring;

        public void Rearm()
        {
            clock._timers.Remove(this);
            if (_period > TimeSpan.Zero)
            {
                DueAt += _period;
                clock._timers.Add(this);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    DueAt = clock._now + dueTime;
                    clock._timers.Add(this);
                    clock._set.TrySetResult();
                    clock._set = NewSignal();
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
