using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Threading.Channels;
using Gantry.Flow;
using Gantry.Runtimes.Remote.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// A conversation with a server that runs elsewhere: what all ways of carrying it have in common.
/// Every call gets a number of its own on the way in, as id and as progress token, and is found by
/// it on the way out.
/// </summary>
internal abstract class RemoteConnection : IConnection, IAsyncDisposable
{
    // Numbers stay exact in JavaScript up to 2^53.
    private const int NumberBits = 32;
    private const long IncarnationMask = 0xfffff;

    private readonly ConcurrentDictionary<long, RemoteCall> _calls = new();
    private readonly TaskCompletionSource<string> _lost = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly CancellationTokenSource _over = new();
    private readonly Backlog<Frame> _unsolicited = Wire.Unsolicited.NewBacklog();
    private readonly long _incarnation;
    private readonly ITimer _patience;
    private uint _lastNumber;
    private long _lastUseTicks;
    private string? _goneBecause;

    protected RemoteConnection(RemoteContext context)
    {
        Context = context;
        Instance = context.Instance;
        _incarnation = (context.Incarnation & IncarnationMask) << NumberBits;
        var period = RemoteLimits.Look(context.Origin.Spec.RequestTimeout);
        _patience = Time.CreateTimer(_ => FailSilent(), null, period, period);
        NoteUse();
    }

    public InstanceId Instance { get; }

    /// <summary>Set before anybody else sees the connection; anew with every new session.</summary>
    public Handshake Handshake
    {
        get => field ?? throw new InvalidOperationException("There was no handshake yet.");
        protected set;
    }

    public Gate Gate { get; } = new();

    public ChannelReader<Frame> Unsolicited => _unsolicited.Reader;

    public DateTimeOffset LastUse => new(Volatile.Read(ref _lastUseTicks), TimeSpan.Zero);

    /// <summary>Completes with the reason when the conversation has ended by itself.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>The same reason, once there is one.</summary>
    public string? LostBecause { get; private set; }

    /// <summary>Raised when the last call has left a closed gate.</summary>
    public event Action? Drained;

    /// <summary>Whether every request stands alone, so that all that comes on a call's stream is
    /// its own.</summary>
    protected bool IsModern { get; set; }

    protected RemoteContext Context { get; }

    protected Origin Origin => Context.Origin;

    protected TimeProvider Time => Context.Time;

    /// <summary>Cancelled when the conversation is over.</summary>
    protected CancellationToken Over => _over.Token;

    /// <summary>Reaches the origin and agrees with the server on how to go on.</summary>
    /// <exception cref="Stdio.HandshakeException">It answers, but not as MCP servers do.</exception>
    /// <exception cref="InstanceGoneException">It cannot be reached, or lets nobody in.</exception>
    public abstract Task IntroduceAsync(CancellationToken cancellationToken);

    public ValueTask<Call?> OpenAsync(
        Frame request,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        if (!Gate.TryEnter())
        {
            return default;
        }

        var number = _incarnation | Interlocked.Increment(ref _lastNumber);
        var call = new RemoteCall(this, request, number, Time);
        _calls[number] = call;
        if (call.IsStanding)
        {
            LeaveGate();
        }

        if (Volatile.Read(ref _goneBecause) is { } reason)
        {
            Leave(call);
            _calls.TryRemove(number, out _);
            throw new InstanceGoneException(reason);
        }

        call.Work = WorkAsync(call, envelope);
        return new(call);
    }

    public abstract ValueTask SendAsync(Frame frame, CancellationToken cancellationToken);

    public async ValueTask CancelAsync(
        RemoteCall call,
        Frame? notification,
        CancellationToken cancellationToken
    )
    {
        if (!Leave(call))
        {
            return;
        }

        call.Fail(new OperationCanceledException("The client cancelled the call."));
        try
        {
            await TellCancelledAsync(call, notification, cancellationToken);
        }
        finally
        {
            call.EndWork(TimeSpan.Zero);
        }
    }

    /// <summary>What to send: the frame with its id, progress token and request id replaced where
    /// these are not empty. Lets it be seen, so only for what is sent now.</summary>
    public ReadOnlyMemory<byte> BodyOf(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId
    )
    {
        Context.Tap.ToInstance(Instance, frame, id, progressToken, requestId);
        return Bodies.Write(frame, id, progressToken, requestId);
    }

    /// <summary>Says goodbye to the server, as far as it wants to hear that.</summary>
    public virtual ValueTask TakeLeaveAsync(CancellationToken cancellationToken) => default;

    /// <summary>Ends the conversation, and fails every call with this reason.</summary>
    public void Close(string reason)
    {
        Gate.Close();
        if (Interlocked.CompareExchange(ref _goneBecause, reason, null) is not null)
        {
            return;
        }

        foreach (var call in _calls.Values)
        {
            Fail(call, reason);
        }

        _over.Cancel();
        _unsolicited.Complete();
    }

    /// <summary>Awaits all that still runs. Only once closed.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        await _patience.DisposeAsync();
        foreach (var call in _calls.Values)
        {
            await call.Work;
        }

        _over.Dispose();
        Origin.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends the request of a call, and reads what is answered to it if that comes on the
    /// same way.</summary>
    protected abstract Task ServeAsync(RemoteCall call, Envelope envelope);

    /// <summary>Tells the server that nobody waits for a call any more.</summary>
    protected abstract ValueTask TellCancelledAsync(
        RemoteCall call,
        Frame? notification,
        CancellationToken cancellationToken
    );

    /// <summary>Says that the conversation is over, and why.</summary>
    protected void Lose(string reason)
    {
        LostBecause ??= reason;
        Close($"{Instance}: {reason}");
        _lost.TrySetResult(reason);
    }

    /// <summary>Brings a frame to its call, or to those who hear what belongs to none.</summary>
    /// <param name="stream">The call on whose own stream it came, if on one.</param>
    protected void Take(Frame frame, RemoteCall? stream)
    {
        if (frame.Kind is FrameKind.Response)
        {
            TakeResponse(frame, atOnce: stream is not null);
            return;
        }

        Context.Tap.FromInstance(Instance, frame);
        if (frame.Kind is FrameKind.Notification && CallOf(frame, stream) is { } call)
        {
            Deliver(call, frame, atOnce: false);
        }
        else if (!_unsolicited.TryAdd(frame))
        {
            frame.Dispose();
        }
    }

    protected void Fail(RemoteCall call, string reason)
    {
        if (Leave(call))
        {
            call.Fail(new InstanceGoneException(reason));
            call.EndWork(TimeSpan.Zero);
        }
    }

    /// <summary>Hands the call its response, and lets it out of the gate.</summary>
    /// <param name="atOnce">On this thread: only where nothing else waits for it.</param>
    protected void Answer(RemoteCall call, Frame response, bool atOnce)
    {
        Context.Tap.FromInstance(Instance, response);
        if (Leave(call))
        {
            Deliver(call, Hear(call, response), atOnce);
        }
        else
        {
            response.Dispose();
        }
    }

    /// <summary>Looks at a response before its call gets it.</summary>
    /// <returns>The same, or what the call gets in its place.</returns>
    protected virtual Frame Hear(RemoteCall call, Frame response) => response;

    /// <summary>Notes that something came which may be for any call.</summary>
    protected void NoteSign()
    {
        var now = Time.GetTimestamp();
        foreach (var call in _calls.Values)
        {
            call.LastSign = now;
        }
    }

    protected Frame? TryParse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Frame.Parse(utf8);
        }
        catch (FormatException exception)
        {
            Context.Log.Note($"It sent what is no message. {exception.Message}");
            return null;
        }
    }

    private async Task WorkAsync(RemoteCall call, Envelope envelope)
    {
        try
        {
            await ServeAsync(call, envelope);
        }
        catch (OperationCanceledException) when (call.Over.IsCancellationRequested)
        {
            // Whoever ended it has said why.
        }
        catch (Exception exception) when (Failures.Explain(exception, Origin.Shown) is { } failure)
        {
            TakeFailure(call, failure);
        }
        finally
        {
            EndPart(call);
        }
    }

    private void TakeFailure(RemoteCall call, Failure failure)
    {
        Fail(call, $"{Instance}: {failure.Reason}");
        if (failure.IsUnreachable)
        {
            Lose(failure.Reason);
        }
    }

    private void TakeResponse(Frame frame, bool atOnce)
    {
        if (Find(frame[frame.Id]) is { } call)
        {
            Answer(call, frame, atOnce);
        }
        else
        {
            // Cancelled, or the answer to another incarnation.
            Context.Tap.FromInstance(Instance, frame);
            frame.Dispose();
        }
    }

    // What changed for everybody is no one's alone, wherever it was said.
    private RemoteCall? CallOf(Frame frame, RemoteCall? stream)
    {
        var call = Find(frame[frame.ProgressToken]);
        if (call is null && (IsModern || !IsForAll(frame)))
        {
            call = stream;
        }

        return call is { IsFinished: false } ? call : null;
    }

    private static bool IsForAll(Frame frame) =>
        frame.IsMethod("notifications/tools/list_changed"u8)
        || frame.IsMethod("notifications/prompts/list_changed"u8)
        || frame.IsMethod("notifications/resources/list_changed"u8)
        || frame.IsMethod("notifications/resources/updated"u8);

    private void Deliver(RemoteCall call, Frame frame, bool atOnce)
    {
        if (!call.Deliver(frame, atOnce))
        {
            Fail(call, $"{Instance}: the client reads too slowly, so its call was given up.");
        }
    }

    private RemoteCall? Find(ReadOnlySpan<byte> number) =>
        Utf8Parser.TryParse(number, out long value, out var length) && length == number.Length
            ? _calls.GetValueOrDefault(value)
            : null;

    private void FailSilent()
    {
        var patience = Origin.Spec.RequestTimeout;
        foreach (var call in _calls.Values)
        {
            if (!call.IsStanding && Time.GetElapsedTime(call.LastSign) > patience)
            {
                var silence = $"it was silent for {patience.TotalSeconds:0.#} s";
                Fail(call, $"{Instance}: {silence}, the 'request_timeout'.");
            }
        }
    }

    // The one way out of the gate, taken once per call.
    private bool Leave(RemoteCall call)
    {
        if (!call.TryFinish())
        {
            return false;
        }

        if (!call.IsStanding)
        {
            LeaveGate();
        }

        EndPart(call);
        return true;
    }

    private void LeaveGate()
    {
        NoteUse();
        if (Gate.Leave())
        {
            Drained?.Invoke();
        }
    }

    private void EndPart(RemoteCall call)
    {
        if (call.EndPart())
        {
            _calls.TryRemove(call.Number, out _);
        }
    }

    private void NoteUse() => Volatile.Write(ref _lastUseTicks, Time.GetUtcNow().UtcTicks);
}
