using System.Threading.Channels;
using Gantry.Flow;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>
/// Many calls over one pair of pipes. Every call gets a number of its own on the way in, as id and
/// as progress token, and is found by it on the way out.
/// </summary>
internal sealed class StdioConnection : IConnection, IAsyncDisposable
{
    // What is shown of a long line that is no message.
    private const int LongNoise = 512;

    // Numbers stay exact in JavaScript up to 2^53.
    private const int NumberBits = 32;

    // With so many calls at once, throughput matters more than the moment that gathering takes.
    private const int Many = 8;
    private const long IncarnationMask = 0xfffff;

    private readonly CallsOnPipe _calls = new();
    private readonly OutgoingLines _outgoing;
    private readonly LineReader _incoming;
    private readonly NoiseHandler _noise;
    private readonly TimeProvider _time;
    private readonly WireTap _tap;
    private readonly Backlog<Frame> _unsolicited = Wire.Unsolicited.NewBacklog();
    private readonly long _incarnation;
    private readonly int _maxFrameSize;
    private uint _lastNumber;
    private long _lastUseTicks;
    private string? _goneBecause;
    private Held? _held;

    /// <param name="incarnation">Differs between two starts of one instance, so that what belongs
    /// to one of them is never taken for the other's.</param>
    public StdioConnection(
        InstanceId instance,
        long incarnation,
        StdioPipes pipes,
        NoiseHandler noise,
        TimeProvider time,
        WireTap tap
    )
    {
        Instance = instance;
        _incarnation = (incarnation & IncarnationMask) << NumberBits;
        _outgoing = new(pipes.Input, () => InputBroke?.Invoke());
        _incoming = new(pipes.Output, pipes.MaxFrameSize, pipes.WidenOutput);
        _maxFrameSize = pipes.MaxFrameSize;
        _noise = noise;
        _time = time;
        _tap = tap;
        NoteUse();
    }

    public InstanceId Instance { get; }

    /// <summary>Set once, before anybody else sees the connection.</summary>
    public Handshake Handshake
    {
        get => field ?? throw new InvalidOperationException("There was no handshake yet.");
        set
        {
            field = value;
            _calls.LogsAreForRequests = value.Dialect.HasRequestMeta;
        }
    }

    public Gate Gate { get; } = new();

    public ChannelReader<Frame> Unsolicited => _unsolicited.Reader;

    public DateTimeOffset LastUse => new(Volatile.Read(ref _lastUseTicks), TimeSpan.Zero);

    /// <summary>Raised when the last call has left a closed gate.</summary>
    public event Action? Drained;

    /// <summary>Raised when the server has closed its input: no call reaches it any more.</summary>
    public event Action? InputBroke;

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
        var call = new StdioCall(this, request, number);
        _calls.Add(call);
        if (call.IsStanding)
        {
            Leave();
        }

        if (Volatile.Read(ref _goneBecause) is { } reason)
        {
            Finish(call);
            throw new InstanceGoneException(reason);
        }

        _tap.ToInstance(Instance, request, call.Utf8Number, call.Utf8Number);
        var sent = _outgoing.SendAsync(
            request,
            call.Utf8Number,
            call.Utf8Number,
            default,
            isOneOfMany: Gate.CallsInside > Many,
            cancellationToken
        );
        return sent.IsCompletedSuccessfully ? new(call) : AfterAsync(sent, call, cancellationToken);
    }

    public ValueTask SendAsync(Frame frame, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _goneBecause) is { } reason)
        {
            throw new InstanceGoneException(reason);
        }

        _tap.ToInstance(Instance, frame);
        return _outgoing.SendAsync(
            frame,
            default,
            default,
            default,
            isOneOfMany: false,
            cancellationToken
        );
    }

    public async ValueTask CancelAsync(StdioCall call, Frame? notification)
    {
        if (!Finish(call))
        {
            return;
        }

        // First, as a server that does not read holds up what follows.
        call.Fail(new OperationCanceledException("The client cancelled the call."));
        if (notification is null)
        {
            using var own = Cancellation.NewFrame();
            await TellCancelledAsync(call, own);
        }
        else
        {
            await TellCancelledAsync(call, notification);
        }
    }

    /// <summary>Reads until the server's output ends, or until cancelled.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (await _incoming.TryFillAsync(cancellationToken))
        {
            while (_incoming.TryTake(out var line))
            {
                Take(line);
            }

            Release(atOnce: true);
        }

        Take(_incoming.Rest());
        Release(atOnce: false);
    }

    /// <summary>
    /// Ends the server's input, which asks it to leave, and fails every call with this reason.
    /// </summary>
    public void Close(string reason)
    {
        Gate.Close();
        Interlocked.CompareExchange(ref _goneBecause, reason, null);
        _outgoing.Close();
        foreach (var call in _calls.All)
        {
            Fail(call, reason, isCallOnly: false);
        }

        _unsolicited.Complete();
    }

    /// <summary>Gives back what it read with. Only once closed, and read to the end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _outgoing.IdleAsync();
        _incoming.Dispose();
    }

    // The line goes out all the same, and what is answered to it reaches nobody.
    private async ValueTask<Call?> AfterAsync(
        ValueTask sent,
        StdioCall call,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await sent;
            return call;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Finish(call);
            throw;
        }
    }

    private ValueTask TellCancelledAsync(StdioCall call, Frame notification)
    {
        _tap.ToInstance(Instance, notification, requestId: call.Utf8Number);
        return _outgoing.SendAsync(
            notification,
            default,
            default,
            call.Utf8Number,
            isOneOfMany: false,
            CancellationToken.None
        );
    }

    private void Take(Line line)
    {
        if (line.IsTooLong)
        {
            FailTooLong(line.Id);
        }
        else if (line.Rented is { } rented)
        {
            Adopt(rented, line.Utf8.Length);
        }
        else if (line.Utf8.Trim(" \t\r"u8) is { IsEmpty: false } utf8)
        {
            Take(utf8);
        }
    }

    // A huge message is not copied: the reader has given its buffer away.
    private void Adopt(byte[] rented, int length)
    {
        var beginning = rented.AsSpan(0, LongNoise).ToArray();
        try
        {
            Take(Frame.Adopt(rented, length));
        }
        catch (FormatException)
        {
            _noise(beginning);
        }
    }

    private void Take(ReadOnlySpan<byte> utf8)
    {
        try
        {
            Take(Frame.Parse(utf8));
        }
        catch (FormatException)
        {
            // Programs print to where only messages belong: a start-up banner, a debug line.
            _noise(utf8);
        }
    }

    private void Take(Frame frame)
    {
        Release(atOnce: false);
        _tap.FromInstance(Instance, frame);
        if (frame.Kind is FrameKind.Response)
        {
            TakeResponse(frame);
        }
        else if (frame.Kind is FrameKind.Notification && _calls.AddresseeOf(frame) is { } call)
        {
            Deliver(call, frame);
        }
        else if (!_unsolicited.TryAdd(frame))
        {
            frame.Dispose();
        }
    }

    private void TakeResponse(Frame frame)
    {
        if (_calls.Find(frame[frame.Id]) is { } call && Finish(call))
        {
            _held = new(call, frame);
        }
        else
        {
            // Cancelled, or the answer to another incarnation.
            frame.Dispose();
        }
    }

    // All but the last response of a batch are answered on other threads; the last one on this, as
    // it has nothing else to do then. So a lone call is not handed over at all.
    private void Release(bool atOnce)
    {
        if (_held is { } held)
        {
            _held = null;
            Deliver(held.Call, held.Response, atOnce);
        }
    }

    private void Deliver(StdioCall call, Frame frame, bool atOnce = false)
    {
        if (!call.Deliver(frame, atOnce))
        {
            Fail(call, $"{Instance}: the client reads too slowly, so its call was given up.");
        }
    }

    private void Fail(StdioCall call, string reason, bool isCallOnly = true)
    {
        Finish(call);
        call.Fail(new InstanceGoneException(reason) { IsCallOnly = isCallOnly });
    }

    // The one way out of the gate, taken once per call.
    private bool Finish(StdioCall call)
    {
        if (!_calls.Remove(call))
        {
            return false;
        }

        if (!call.IsStanding)
        {
            NoteUse();
            Leave();
        }

        return true;
    }

    private void Leave()
    {
        if (Gate.Leave())
        {
            Drained?.Invoke();
        }
    }

    private void NoteUse() => Volatile.Write(ref _lastUseTicks, _time.GetUtcNow().UtcTicks);

    private void FailTooLong(ReadOnlySpan<byte> id)
    {
        if (_calls.Find(id) is { } call)
        {
            Fail(
                call,
                $"{Instance}: the answer is larger than {_maxFrameSize} bytes, more than one "
                    + "message may have. Ask for less at a time."
            );
        }
        else
        {
            _noise("(a line larger than a message may be was passed over)"u8);
        }
    }

    private readonly record struct Held(StdioCall Call, Frame Response);
}

/// <summary>The daemon's ends of a server's standard input and output.</summary>
/// <param name="WidenOutput">Lets the server write more at a time: for one whose messages are
/// large.</param>
internal readonly record struct StdioPipes(
    Stream Input,
    Stream Output,
    int MaxFrameSize,
    Action? WidenOutput = null
);

/// <summary>Hears what a server wrote where only messages belong.</summary>
internal delegate void NoiseHandler(ReadOnlySpan<byte> utf8);
