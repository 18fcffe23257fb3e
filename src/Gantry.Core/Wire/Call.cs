using System.Threading.Tasks.Sources;
using Gantry.Flow;

namespace Gantry.Wire;

/// <summary>
/// One request on its way through an instance, and the frames that come back for it: perhaps some
/// notifications, and last the response. One producer, the connection; one reader, the client's
/// side.
/// </summary>
/// <remarks>
/// A reader that does not keep up loses its call, never the connection's reader: what waits here is
/// bounded.
/// </remarks>
public abstract class Call : IValueTaskSource<Frame?>, IDisposable
{
    /// <summary>How many frames may wait for a slow reader.</summary>
    public const int MaxWaitingFrames = 1024;

    /// <summary>How many bytes these may have together. The response is always taken: it is the
    /// last, and there is one.</summary>
    public const int MaxWaitingBytes = 8 * 1024 * 1024;

    // Stands for none any more.
    private static readonly Turnstile s_left = new(0, 0, TimeProvider.System);

    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<Frame?> _source;

    // Most calls are answered by one frame: only more than one makes a queue.
    private Frame? _first;
    private Queue<Frame>? _others;
    private Exception? _failure;
    private bool _isReading;
    private bool _isWoken;
    private bool _isAbandoned;
    private int _waitingBytes;
    private Turnstile? _turnstile;

    protected Call(Frame request) => Request = request;

    /// <summary>As the client sent it: its id and progress token are those to answer with.</summary>
    public Frame Request { get; }

    /// <summary>
    /// The next frame, for the reader to dispose; the last one is the response. Its id or progress
    /// token is the connection's: write it with those of <see cref="Request"/> instead.
    /// </summary>
    /// <exception cref="InstanceGoneException">No response will come.</exception>
    public async ValueTask<Frame> ReadAsync()
    {
        while (true)
        {
            if (await ReadOrWakeAsync() is { } frame)
            {
                return frame;
            }
        }
    }

    /// <summary>As <see cref="ReadAsync"/>, but null when <see cref="Wake"/> ended the wait.</summary>
    /// <exception cref="InstanceGoneException">No response will come.</exception>
    public ValueTask<Frame?> ReadOrWakeAsync()
    {
        lock (_lock)
        {
            if (TakeFirst() is { } frame)
            {
                return new(frame);
            }

            if (_failure is not null)
            {
                return ValueTask.FromException<Frame?>(_failure);
            }

            if (_isWoken)
            {
                _isWoken = false;
                return new(default(Frame));
            }

            _source.Reset();
            _source.RunContinuationsAsynchronously = true;
            _isReading = true;
            return new(this, _source.Version);
        }
    }

    /// <summary>A frame that is already here, or null. Only for the reader, between reads.</summary>
    public Frame? TryRead()
    {
        lock (_lock)
        {
            return TakeFirst();
        }
    }

    /// <summary>Makes the reader look up from its wait, or not begin the next one.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (!_isReading)
            {
                _isWoken = true;
                return;
            }

            _isReading = false;
        }

        _source.SetResult(null);
    }

    /// <summary>
    /// Leaves the turnstile for this call when the server is done with it: with the response, or
    /// when there will be none. At once when that has been.
    /// </summary>
    public void LeaveWhenDone(Turnstile turnstile)
    {
        if (Interlocked.CompareExchange(ref _turnstile, turnstile, null) is not null)
        {
            turnstile.Leave();
        }
    }

    /// <summary>
    /// Puts in a frame that belongs to no call but shall reach the client on this one's stream.
    /// </summary>
    /// <returns>False, with the frame still the caller's, when nobody would read it.</returns>
    public bool Interject(Frame frame) => TryDeliver(frame, atOnce: false);

    /// <summary>
    /// Nobody reads any more: the server goes on, and what comes from it now is dropped.
    /// </summary>
    /// <returns>What had come and was not read, for the caller to dispose.</returns>
    public IReadOnlyList<Frame> Abandon()
    {
        lock (_lock)
        {
            _isAbandoned = true;
            if (_first is null)
            {
                return [];
            }

            var left = new List<Frame>();
            while (TakeFirst() is { } frame)
            {
                left.Add(frame);
            }

            return left;
        }
    }

    /// <summary>
    /// Tells the server that nobody waits any more. The response may still come; a server that
    /// obeys sends none, so the call is over for the gate at once.
    /// </summary>
    /// <param name="notification">The client's own cancellation, whose request id is rewritten;
    /// null to let the connection write one. It stays the caller's.</param>
    public abstract ValueTask CancelAsync(Frame? notification, CancellationToken cancellationToken);

    /// <summary>Gives the request's buffer back. Only after the last frame was read, and when
    /// nobody looks for the request any more.</summary>
    public void Dispose()
    {
        Request.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>For the connection: takes a frame over, and drops it when the call was abandoned.</summary>
    /// <param name="atOnce">The reader goes on within this call, on this thread, as far as it can
    /// without waiting; otherwise on another.</param>
    /// <returns>False when the reader is too slow: the connection then fails the call.</returns>
    public bool Deliver(Frame frame, bool atOnce = false)
    {
        // First, so that nobody waits for a turn while the reader goes on.
        if (frame.Kind is FrameKind.Response)
        {
            EndTurn();
        }

        var isTaken = TryDeliver(frame, atOnce);
        if (!isTaken)
        {
            frame.Dispose();
        }

        return isTaken || _isAbandoned;
    }

    /// <summary>For the connection: no response will come.</summary>
    public void Fail(Exception exception)
    {
        EndTurn();
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = exception;
            if (!_isReading)
            {
                return;
            }

            _isReading = false;
        }

        _source.SetException(exception);
    }

    Frame? IValueTaskSource<Frame?>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Frame?>.GetStatus(short token) =>
        _source.GetStatus(token);

    void IValueTaskSource<Frame?>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _source.OnCompleted(continuation, state, token, flags);

    private bool TryDeliver(Frame frame, bool atOnce)
    {
        lock (_lock)
        {
            if (_isAbandoned)
            {
                return false;
            }

            if (!_isReading)
            {
                return TryKeep(frame);
            }

            _isReading = false;
        }

        _source.RunContinuationsAsynchronously = !atOnce;
        _source.SetResult(frame);
        return true;
    }

    private bool TryKeep(Frame frame)
    {
        if (_first is null)
        {
            _first = frame;
            return true;
        }

        _others ??= new();
        if (frame.Kind is not FrameKind.Response && !HasRoomFor(frame))
        {
            return false;
        }

        _others.Enqueue(frame);
        _waitingBytes += frame.Length;
        return true;
    }

    private bool HasRoomFor(Frame frame) =>
        _others?.Count < MaxWaitingFrames - 1 && _waitingBytes + frame.Length <= MaxWaitingBytes;

    private void EndTurn()
    {
        if (Interlocked.Exchange(ref _turnstile, s_left) is { } turnstile && turnstile != s_left)
        {
            turnstile.Leave();
        }
    }

    private Frame? TakeFirst()
    {
        var frame = _first;
        if (frame is not null)
        {
            _first = _others is { Count: > 0 } others ? others.Dequeue() : null;
            _waitingBytes -= _first?.Length ?? 0;
        }

        return frame;
    }
}
