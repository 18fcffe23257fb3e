using System.Threading.Tasks.Sources;

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
public abstract class Call : IValueTaskSource<Frame>, IDisposable
{
    /// <summary>How many frames may wait for a slow reader.</summary>
    public const int MaxWaitingFrames = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Frame> _waiting = new(1);
    private ManualResetValueTaskSourceCore<Frame> _source = new()
    {
        RunContinuationsAsynchronously = true,
    };
    private Exception? _failure;
    private bool _isReading;
    private bool _isAbandoned;

    protected Call(Frame request) => Request = request;

    /// <summary>As the client sent it: its id and progress token are those to answer with.</summary>
    public Frame Request { get; }

    /// <summary>
    /// The next frame, for the reader to dispose; the last one is the response. Its id or progress
    /// token is the connection's: write it with those of <see cref="Request"/> instead.
    /// </summary>
    /// <exception cref="InstanceGoneException">No response will come.</exception>
    public ValueTask<Frame> ReadAsync()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var frame))
            {
                return new(frame);
            }

            if (_failure is not null)
            {
                return ValueTask.FromException<Frame>(_failure);
            }

            _source.Reset();
            _isReading = true;
            return new(this, _source.Version);
        }
    }

    /// <summary>
    /// The client went away without cancelling: the server goes on, and what it answers is dropped.
    /// </summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _isAbandoned = true;
            while (_waiting.TryDequeue(out var frame))
            {
                frame.Dispose();
            }
        }
    }

    /// <summary>
    /// Tells the server that nobody waits any more. The response may still come; a server that
    /// obeys sends none, so the call is over for the gate at once.
    /// </summary>
    /// <param name="notification">The client's own cancellation, whose request id is rewritten;
    /// null to let the connection write one.</param>
    public abstract ValueTask CancelAsync(Frame? notification, CancellationToken cancellationToken);

    /// <summary>Gives the request's buffer back. Only after the last frame was read.</summary>
    public void Dispose()
    {
        Request.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>For the connection: one more frame has come.</summary>
    /// <returns>False when the reader is too slow: the connection then fails the call.</returns>
    public bool Deliver(Frame frame)
    {
        lock (_lock)
        {
            if (_isAbandoned)
            {
                frame.Dispose();
                return true;
            }

            if (!_isReading)
            {
                if (_waiting.Count >= MaxWaitingFrames)
                {
                    frame.Dispose();
                    return false;
                }

                _waiting.Enqueue(frame);
                return true;
            }

            _isReading = false;
        }

        _source.SetResult(frame);
        return true;
    }

    /// <summary>For the connection: no response will come.</summary>
    public void Fail(Exception exception)
    {
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

    Frame IValueTaskSource<Frame>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Frame>.GetStatus(short token) =>
        _source.GetStatus(token);

    void IValueTaskSource<Frame>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _source.OnCompleted(continuation, state, token, flags);
}
