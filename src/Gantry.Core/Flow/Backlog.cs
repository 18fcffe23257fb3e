using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Gantry.Flow;

/// <summary>
/// What waits for a reader that may be late, bounded in number and in bytes: the oldest go first.
/// </summary>
public sealed class Backlog<T>
{
    private readonly Channel<T> _channel;
    private readonly Counting _reader;
    private readonly Func<T, int> _weigh;
    private readonly Action<T> _drop;
    private readonly long _maxBytes;
    private long _bytes;
    private volatile bool _isComplete;

    /// <param name="drop">What to do with what nobody will read.</param>
    public Backlog(int maxItems, long maxBytes, Func<T, int> weigh, Action<T> drop)
    {
        _channel = Channel.CreateBounded<T>(
            new BoundedChannelOptions(maxItems) { FullMode = BoundedChannelFullMode.DropOldest },
            Drop
        );
        _reader = new(this);
        (_weigh, _drop, _maxBytes) = (weigh, drop, maxBytes);
    }

    public ChannelReader<T> Reader => _reader;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>One item always has room, however large it is.</summary>
    /// <returns>False when completed: the item stays the caller's.</returns>
    public bool TryAdd(T item)
    {
        if (_isComplete)
        {
            return false;
        }

        var bytes = Interlocked.Add(ref _bytes, _weigh(item));
        while (bytes > _maxBytes && _channel.Reader.TryRead(out var oldest))
        {
            Drop(oldest);
            bytes = Bytes;
        }

        if (_channel.Writer.TryWrite(item))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -_weigh(item));
        return false;
    }

    public void Complete()
    {
        _isComplete = true;
        _channel.Writer.TryComplete();
    }

    private void Drop(T item)
    {
        Interlocked.Add(ref _bytes, -_weigh(item));
        _drop(item);
    }

    private sealed class Counting(Backlog<T> backlog) : ChannelReader<T>
    {
        public override Task Completion => backlog._channel.Reader.Completion;

        public override bool CanCount => true;

        public override int Count => backlog._channel.Reader.Count;

        public override bool CanPeek => true;

        public override bool TryPeek([MaybeNullWhen(false)] out T item) =>
            backlog._channel.Reader.TryPeek(out item);

        public override bool TryRead([MaybeNullWhen(false)] out T item)
        {
            if (!backlog._channel.Reader.TryRead(out item))
            {
                return false;
            }

            Interlocked.Add(ref backlog._bytes, -backlog._weigh(item));
            return true;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
            backlog._channel.Reader.WaitToReadAsync(cancellationToken);
    }
}
