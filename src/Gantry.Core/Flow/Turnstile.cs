namespace Gantry.Flow;

/// <summary>
/// Lets a limited number of calls into a server at a time. The others wait in a bounded queue, and
/// are let in one of each client in turn, so that nobody who asks for much delays those who ask for
/// little.
/// </summary>
/// <remarks>
/// While nobody waits, to enter and to leave is one compare-and-swap and allocates nothing.
/// </remarks>
public sealed class Turnstile
{
    // Set while somebody waits, and changed only under the lock: with it set, nobody enters or
    // leaves without the lock, so nobody can slip past those who wait.
    private const int WaitingBit = 1 << 30;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly RoundRobin<Waiter> _queue;
    private int _state;
    private int _limit;

    /// <param name="limit">How many may be inside.</param>
    /// <param name="maxQueue">How many may wait.</param>
    public Turnstile(int limit, int maxQueue, TimeProvider time)
    {
        _time = time;
        _limit = limit;
        _queue = new(maxQueue);
    }

    public int Inside => Volatile.Read(ref _state) & ~WaitingBit;

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    public bool TryEnter()
    {
        var seen = Volatile.Read(ref _state);
        while (seen < Volatile.Read(ref _limit))
        {
            var was = Interlocked.CompareExchange(ref _state, seen + 1, seen);
            if (was == seen)
            {
                return true;
            }

            seen = was;
        }

        return false;
    }

    /// <summary>
    /// Enters in turn. Who was let in must <see cref="Leave"/>, even if it was cancelled meanwhile:
    /// only an exception and the other outcomes mean that it did not enter.
    /// </summary>
    /// <param name="client">Among whom the turns go.</param>
    public async ValueTask<Passage> EnterAsync(
        object client,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryEnter())
        {
            return Passage.Entered;
        }

        var waiter = new Waiter(client);
        if (LineUp(waiter) is { } outcome)
        {
            return outcome;
        }

        using var timeout = new CancellationTokenSource(patience, _time);
        using var late = timeout.Token.Register(() => GiveUp(waiter, Passage.TooLate));
        using var gone = cancellationToken.Register(() => GiveUp(waiter, Passage.Cancelled));
        var passage = await waiter.Passed;
        return passage is Passage.Cancelled
            ? throw new OperationCanceledException(cancellationToken)
            : passage;
    }

    public void Leave()
    {
        var seen = Volatile.Read(ref _state);
        while ((seen & WaitingBit) == 0)
        {
            var was = Interlocked.CompareExchange(ref _state, seen - 1, seen);
            if (was == seen)
            {
                return;
            }

            seen = was;
        }

        lock (_lock)
        {
            Interlocked.Decrement(ref _state);
            LetIn();
        }
    }

    /// <summary>Takes effect at once for those who wait; nobody inside is put out.</summary>
    public void Resize(int limit, int maxQueue)
    {
        lock (_lock)
        {
            Volatile.Write(ref _limit, limit);
            _queue.Resize(maxQueue);
            Interlocked.Or(ref _state, WaitingBit);
            LetIn();
        }
    }

    // Null when it has to wait.
    private Passage? LineUp(Waiter waiter)
    {
        lock (_lock)
        {
            // From here on nobody leaves unseen; whoever left before made room.
            Interlocked.Or(ref _state, WaitingBit);
            if (_queue.Count == 0 && Inside < _limit)
            {
                Interlocked.Increment(ref _state);
                LetIn();
                return Passage.Entered;
            }

            var isIn = _queue.TryAdd(waiter.Client, waiter, out var displaced);
            displaced?.Pass(Passage.Full);
            LetIn();
            return isIn ? null : Passage.Full;
        }
    }

    private void GiveUp(Waiter waiter, Passage why)
    {
        lock (_lock)
        {
            if (_queue.Remove(waiter.Client, waiter))
            {
                waiter.Pass(why);
                LetIn();
            }
        }
    }

    // Only under the lock, and with the bit set.
    private void LetIn()
    {
        while (Inside < _limit && _queue.TryTake(out var next))
        {
            Interlocked.Increment(ref _state);
            next.Pass(Passage.Entered);
        }

        if (_queue.Count == 0)
        {
            Interlocked.And(ref _state, ~WaitingBit);
        }
    }

    private sealed class Waiter(object client)
    {
        private readonly TaskCompletionSource<Passage> _passed = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public object Client => client;

        public Task<Passage> Passed => _passed.Task;

        public void Pass(Passage passage) => _passed.TrySetResult(passage);
    }
}

/// <summary>What became of an attempt to enter.</summary>
public enum Passage
{
    Entered,

    /// <summary>Too many wait already, and none of them with more than this client.</summary>
    Full,

    /// <summary>Its patience ended first.</summary>
    TooLate,

    /// <summary>It was given up.</summary>
    Cancelled,
}
