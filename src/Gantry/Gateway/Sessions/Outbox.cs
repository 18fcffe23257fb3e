using System.Threading.Channels;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// What waits for the stream that a client holds open for messages that answer nothing. Kept while
/// there is no stream, up to a bound; then the oldest go.
/// </summary>
internal sealed class Outbox(int capacity)
{
    private readonly Channel<ReadOnlyMemory<byte>> _messages = Channel.CreateBounded<
        ReadOnlyMemory<byte>
    >(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest });
    private CancellationTokenSource? _reader;
    private ShownReader? _shown;
    private int _lastSign;

    /// <summary>For who brings the messages to the client; what is read here has left.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Messages =>
        (ChannelReader<ReadOnlyMemory<byte>>?)_shown ?? Waiting;

    /// <summary>The same, for who brings them on their way by another stream.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Waiting => _messages.Reader;

    /// <summary>Whether somebody reads.</summary>
    public bool IsOpen => Volatile.Read(ref _reader) is not null;

    /// <summary>
    /// Makes the caller the reader until the token is cancelled; an earlier reader's token is
    /// cancelled now, as its client has most likely lost that stream.
    /// </summary>
    // The sources are left to the collector: they have no timer, and the next reader may cancel
    // one at any time.
    public CancellationTokenSource Open(CancellationToken aborted)
    {
        var reader = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        Interlocked.Exchange(ref _reader, reader)?.Cancel();
        return reader;
    }

    /// <summary>From now on shows each message as it leaves.</summary>
    public void Show(Action<ReadOnlyMemory<byte>> show) => _shown = new(Waiting, show);

    public void Close(CancellationTokenSource reader) =>
        Interlocked.CompareExchange(ref _reader, null, reader);

    public void Add(ReadOnlyMemory<byte> message) => _messages.Writer.TryWrite(message);

    /// <summary>Ends the stream, now and for good.</summary>
    public void Complete() => _messages.Writer.TryComplete();

    /// <summary>Says nothing, so that nobody between here and the client takes it for dead.</summary>
    public void KeepAlive(int now, int interval)
    {
        if (IsOpen && now - _lastSign >= interval)
        {
            _lastSign = now;
            Add(default);
        }
    }
}
