using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gantry.Reconcile;

/// <summary>
/// The latest entries of something that goes on for ever, for any number of followers. A follower
/// that is too slow misses the oldest, never holds up the writer.
/// </summary>
/// <param name="capacity">How many entries are kept.</param>
/// <param name="maxWeight">How much these may weigh together; the newest is always kept.</param>
public sealed class Feed<T>(int capacity, long maxWeight, Func<T, int> weigh)
{
    /// <summary>For entries that weigh nothing worth counting.</summary>
    public Feed(int capacity)
        : this(capacity, long.MaxValue, static _ => 0) { }

    private readonly Lock _lock = new();
    private readonly Queue<T> _entries = new();
    private long _written;
    private long _weight;
    private TaskCompletionSource _more = NewSignal();

    public void Append(T entry)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            _entries.Enqueue(entry);
            _written++;
            _weight += weigh(entry);
            while (_entries.Count > capacity || (_weight > maxWeight && _entries.Count > 1))
            {
                _weight -= weigh(_entries.Dequeue());
            }

            signal = _more;
            _more = NewSignal();
        }

        signal.SetResult();
    }

    /// <summary>The latest entries, oldest first, at most <paramref name="count"/>.</summary>
    public ImmutableArray<T> Latest(int count)
    {
        lock (_lock)
        {
            return [.. _entries.Skip(Math.Max(0, _entries.Count - count))];
        }
    }

    /// <summary>The latest <paramref name="count"/> entries and then every new one.</summary>
    public async IAsyncEnumerable<T> FollowAsync(
        int count,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        long next;
        lock (_lock)
        {
            next = _written - Math.Min(count, _entries.Count);
        }

        while (true)
        {
            ImmutableArray<T> entries;
            Task more;
            lock (_lock)
            {
                var missed = (int)Math.Min(_written - next, _entries.Count);
                entries = [.. _entries.Skip(_entries.Count - missed)];
                next = _written;
                more = _more.Task;
            }

            foreach (var entry in entries)
            {
                yield return entry;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
