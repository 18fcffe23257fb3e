using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// One client's conversation: everything that lasts from its <c>initialize</c> on. What it has at
/// each server is in its <see cref="Seat"/> there.
/// </summary>
internal sealed class Session(string id, string key, Target target, GatewayLimits limits)
{
    private readonly CallsInFlight _calls = new(limits.MaxCallsPerSession);
    private Replay? _replay;
    private ReplayStream? _listening;
    private int _lastUse;
    private int _isEnded;
    private ImmutableDictionary<ServerName, Seat> _seats = ImmutableDictionary<
        ServerName,
        Seat
    >.Empty;

    /// <summary>A secret between the client and the gateway; never shown.</summary>
    public string Id { get; } = id;

    /// <summary>What the session is called in the names of its own instances.</summary>
    public string Key { get; } = key;

    /// <summary>What the client came to.</summary>
    public Target Target { get; } = target;

    /// <summary>Its seat where it came to one server; null where it came to several.</summary>
    public Seat? Home { get; private set; }

    public IEnumerable<Seat> Seats => Volatile.Read(ref _seats).Values;

    /// <summary>The <c>params</c> of the client's <c>initialize</c>, in a buffer of their own.</summary>
    public required ReadOnlyMemory<byte> ClientParams { get; init; }

    /// <summary>On whose behalf its requests are made unless they say otherwise.</summary>
    public Envelope Envelope { get; init; } = Envelope.Own;

    /// <summary>
    /// Where changes go when no client has this session: Gantry holds it for requests that stand
    /// alone. Null for a client's own session.
    /// </summary>
    public Listens? Listens { get; init; }

    /// <summary>Whether its instance is lent to one request at a time, and the session to the
    /// request with it.</summary>
    public bool IsLent { get; init; }

    /// <summary>What was agreed with the client.</summary>
    public Dialect Dialect { get; set; } = Dialect.Unnamed;

    public CallsInFlight Calls => _calls;

    public Outbox Outbox { get; } = new(limits.MaxWaitingMessages, limits.MaxWaitingBytes);

    /// <summary>What its event streams brought lately; made with the first of them.</summary>
    public Replay Replay => LazyInitializer.EnsureInitialized(ref _replay, () => new(limits));

    /// <summary>Its stream for what answers nothing: one, however often it is opened.</summary>
    public ReplayStream Listening =>
        LazyInitializer.EnsureInitialized(ref _listening, () => Replay.Begin());

    /// <summary>From which level on the client of several servers wants log messages; null when it
    /// did not say.</summary>
    public string? LogLevel { get; set; }

    public OpenQuestions Questions { get; } = new(limits.MaxOpenQuestions);

    public bool IsEnded => Volatile.Read(ref _isEnded) != 0;

    /// <summary>Why it ended, in a few words; null while it goes on.</summary>
    public string? EndReason { get; private set; }

    /// <summary>By <see cref="CoarseClock"/>, when the client last did something.</summary>
    public int LastUse => Volatile.Read(ref _lastUse);

    /// <summary>Nobody would notice its end now.</summary>
    public bool IsIdle => _calls.Count == 0 && !Outbox.IsOpen;

    public Seat? SeatAt(ServerName server) => Volatile.Read(ref _seats).GetValueOrDefault(server);

    /// <returns>The seat that it has there now: this one, or one that came first.</returns>
    public Seat Take(Seat seat)
    {
        var taken = ImmutableInterlocked.GetOrAdd(ref _seats, seat.Server, seat);
        if (Target is Target.Server)
        {
            Home = taken;
            Outbox.Show(message => taken.Route.Tap.ToClient(Key, message.Span));
        }

        return taken;
    }

    /// <summary>Forgets what no client will ask for any more.</summary>
    public void SweepReplay() => Volatile.Read(ref _replay)?.Sweep();

    /// <returns>The seat that it had there; null when it had none.</returns>
    public Seat? Leave(ServerName server) =>
        ImmutableInterlocked.TryRemove(ref _seats, server, out var seat) ? seat : null;

    public void Touch(int now) => Volatile.Write(ref _lastUse, now);

    /// <summary>Notes a request; null when the session has too many.</summary>
    public Exchange? Begin(Frame request, Envelope envelope, bool canStream, int now) =>
        Begin(
            new(this, request)
            {
                Seat = Home,
                Envelope = envelope,
                CanStream = canStream,
                LastSign = now,
            }
        );

    /// <summary>Notes a request; null when the session has too many.</summary>
    public Exchange? Begin(Exchange exchange)
    {
        Touch(exchange.LastSign);
        return _calls.TryAdd(exchange) ? exchange : null;
    }

    public void Finish(Exchange exchange, int now)
    {
        Touch(now);
        _calls.Remove(exchange);
    }

    /// <returns>True for the one who ended it.</returns>
    public bool End(string why)
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return false;
        }

        EndReason = why;
        Outbox.Complete();
        foreach (var exchange in _calls.Copy())
        {
            exchange.Stop();
        }

        return true;
    }

    /// <summary>
    /// Brings a message that answers nothing to the client, on whichever stream it will be read,
    /// and takes the frame over.
    /// </summary>
    public void Send(Frame frame)
    {
        if (StreamFor(frame) is { Call: { } call } && call.Interject(frame))
        {
            return;
        }

        if (Listens is null || frame.Kind is FrameKind.Request)
        {
            Outbox.Add(frame.Utf8.ToArray());
            if (StreamFor(frame) is { Call: { } begun } exchange)
            {
                // It began between the two looks; nobody else may look for what waits.
                Unload(exchange, begun);
            }
        }
        else if (Notices.IsChange(frame))
        {
            Listens.Send(frame);
        }

        frame.Dispose();
    }

    /// <summary>
    /// Sends what came on a call's stream too late to be read there, unless it was for that call
    /// alone. Takes the frames over.
    /// </summary>
    public void PassOn(IEnumerable<Frame> frames)
    {
        foreach (var frame in frames)
        {
            if (frame.Kind is FrameKind.Response || frame.IsMethod("notifications/progress"u8))
            {
                frame.Dispose();
            }
            else
            {
                Send(frame);
            }
        }
    }

    /// <summary>
    /// Lets what waits for a stream go out on this call's, as its client may never open another.
    /// </summary>
    public void Unload(Exchange exchange, Call call)
    {
        if (!exchange.CanStream || Outbox.IsOpen)
        {
            return;
        }

        while (Outbox.Waiting.TryRead(out var message))
        {
            if (!message.IsEmpty && !call.Interject(Outward.Translated(message.Span)))
            {
                Outbox.Add(message);
                return;
            }
        }
    }

    private bool IsAlone => Seats.Any(seat => seat.IsAlone);

    // What belongs to no call most likely belongs to the only one; among several nobody can tell,
    // and the client's own stream is the better place. Several clients without sessions may be
    // behind one of Gantry's own: no call of theirs carries what may be another's.
    private Exchange? StreamFor(Frame frame)
    {
        var isForCall = Listens is null
            ? _calls.Count == 1 && IsAlone || !Outbox.IsOpen
            : IsAlone && !Notices.IsChange(frame);
        return isForCall ? _calls.NewestStream() : null;
    }
}
