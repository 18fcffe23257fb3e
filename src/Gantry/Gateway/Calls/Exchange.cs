using System.Buffers;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>One request of a session's client, from its arrival until its answer.</summary>
internal sealed class Exchange(Session session, Frame request) : IDisposable
{
    private volatile Call? _call;
    private volatile CancellationTokenSource? _opening;
    private volatile TaskCompletionSource? _nudge;
    private volatile bool _isStopped;
    private Splice? _address;

    public Session Session { get; private set; } = session;

    public Frame Request { get; } = request;

    /// <summary>Where it goes; null until that is known.</summary>
    public required Seat? Seat { get; set; }

    /// <summary>Whether messages besides the response can reach the client on its stream.</summary>
    public required bool CanStream { get; init; }

    /// <summary>On whose behalf it is made.</summary>
    public Envelope Envelope { get; set; } = session.Envelope;

    /// <summary>How it is made where the server is not of the client's era; null where it is.</summary>
    public Bridge? Bridge { get; set; }

    /// <summary>The instance that its session was lent for this request alone.</summary>
    public Lease? Lease { get; set; }

    /// <summary>Who makes it, among those who have no session; null for a session's client, and
    /// where it came to one server.</summary>
    public Caller? Caller { get; init; }

    /// <summary>The call that waited for what this request brings.</summary>
    public ParkedCall? Resumes { get; init; }

    /// <summary>It was answered without a response of the server.</summary>
    public bool IsOver { get; set; }

    /// <summary>Its call, which goes on when the client has answered what it was asked.</summary>
    public ParkedCall? Parked { get; set; }

    /// <summary>By <see cref="CoarseClock"/>, when the client last heard of it.</summary>
    public required int LastSign { get; set; }

    /// <summary>Null until an instance took it.</summary>
    public Call? Call => _call;

    /// <summary>Nobody wants the answer any more.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>The instance was told so in the client's own words.</summary>
    public bool IsCancelSent { get; set; }

    /// <summary>The resource that it subscribes to, to be forgotten when the server refuses.</summary>
    public string? Subscribes { get; set; }

    /// <summary>Its way through a lane that reads what passes; null on a free one.</summary>
    public Crossing? Crossing { get; set; }

    /// <summary>It is on its second instance.</summary>
    public bool IsRepeated { get; set; }

    /// <summary>What it asks for, as JSON text, where its server calls it otherwise than the client;
    /// empty where they agree.</summary>
    public ReadOnlyMemory<byte> Asked => _address?.With ?? default;

    /// <summary>The resource that it is about, where its server calls it otherwise than the client.
    /// </summary>
    public string? Uri { get; set; }

    /// <summary>By the clock of <see cref="Ledger"/>, when it arrived.</summary>
    public long Began { get; set; }

    public Outcome Outcome { get; set; }

    /// <summary>In bytes, as the server sent it; 0 without an answer.</summary>
    public int AnswerSize { get; set; }

    // Its neighbours among the session's calls in flight, under that list's lock.
    public Exchange? Older { get; set; }

    public Exchange? Newer { get; set; }

    /// <summary>How many bytes <see cref="Write"/> will write.</summary>
    public int Measure(Frame frame) =>
        FrameWriter.Measure(frame, IdFor(frame), ProgressTokenFor(frame));

    /// <summary>
    /// Writes a frame that came back as its client shall read it: with the client's own id and
    /// progress token. What comes by the way, such as a server's own request, keeps its values.
    /// </summary>
    public void Write(IBufferWriter<byte> output, Frame frame) =>
        FrameWriter.Write(output, frame, IdFor(frame), ProgressTokenFor(frame));

    /// <summary>What <see cref="Write"/> would write, part by part, for a frame that is too long
    /// to be written at once.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Parts(Frame frame) =>
        FrameWriter.Parts(
            frame,
            frame.Kind is FrameKind.Response ? Request.Slice(Request.Id) : default,
            IsProgress(frame) ? Request.Slice(Request.ProgressToken) : default
        );

    /// <summary>Lets who looks at the server see what its client asks.</summary>
    public void Show() => Tap?.FromClient(Session.Key, Request);

    /// <summary>Lets them see what its client is told, as <see cref="Write"/> writes it.</summary>
    public void Show(Frame frame)
    {
        if (Tap is { IsWatched: true } tap)
        {
            tap.ToClient(Session.Key, frame, IdFor(frame), ProgressTokenFor(frame));
        }
    }

    public void Show(ReadOnlyMemory<byte> answer) => Tap?.ToClient(Session.Key, answer.Span);

    /// <summary>A token for the time until an instance takes it.</summary>
    // The source is left to the collector: it has no timer, and a stop may come at any time.
    public CancellationToken BeginOpening(CancellationToken aborted)
    {
        var opening = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _opening = opening;
        return _isStopped ? new(canceled: true) : opening.Token;
    }

    /// <summary>Has the server read at this place what it calls what the client asks for.</summary>
    public void Address(Slot slot, byte[] with)
    {
        _address = new(slot, with);
        Address(Request);
    }

    /// <summary>The same for a frame with the bytes of the request.</summary>
    public void Address(Frame request)
    {
        if (_address is { } address)
        {
            request.Splice(address.Slot, address.With);
        }
    }

    /// <summary>Makes a frame that came back such that the client understands it.</summary>
    /// <returns>False when the client shall not see it.</returns>
    public bool Shape(Frame frame)
    {
        // A client of several servers reads what one of them says in the names that it uses.
        if (!frame.IsTranslated && Session.Target is Target.Several && Seat is { } seat)
        {
            Outward.Shape(seat.Server, frame);
        }

        return Bridge?.Shape(this, frame) ?? true;
    }

    /// <summary>From now on it is a request of the session whose instance it was lent.</summary>
    public void MoveTo(Lease lease)
    {
        Session.Calls.Remove(this);
        Session = lease.Session;
        (Lease, Seat) = (lease, lease.Seat);
        Session.Begin(this);
    }

    public void Begin(Call call)
    {
        _call = call;
        if (_isStopped)
        {
            call.Wake();
        }
    }

    /// <summary>Goes on with a call that was begun for an earlier request.</summary>
    public void Begin(ParkedCall parked)
    {
        Bridge = parked.Bridge;
        Begin(parked.Call);
    }

    /// <summary>Gives back the buffers of what nobody waits for any more.</summary>
    public void Dispose()
    {
        if (Parked is null)
        {
            Call?.Dispose();
            Request.Dispose();
        }
        else if (!ReferenceEquals(Call?.Request, Request))
        {
            Request.Dispose();
        }

        Parked?.Settle();
    }

    /// <summary>The server refused it, or never answered.</summary>
    public void ForgetSubscription()
    {
        if (Subscribes is { } uri)
        {
            Seat?.Subscriptions.Remove(uri);
        }
    }

    /// <summary>Makes whoever waits for the answer give a sign of life meanwhile.</summary>
    public void Nudge()
    {
        _nudge?.TrySetResult();
        _call?.Wake();
    }

    /// <summary>Completes with the next <see cref="Nudge"/>, for the time without a call.</summary>
    public Task NextNudge()
    {
        var nudge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nudge = nudge;
        return nudge.Task;
    }

    public void Stop()
    {
        _isStopped = true;
        _opening?.Cancel();
        _call?.Wake();
    }

    private WireTap? Tap => Seat?.Route.Tap;

    private ReadOnlySpan<byte> IdFor(Frame frame) =>
        frame.Kind is FrameKind.Response ? Request[Request.Id] : default;

    private ReadOnlySpan<byte> ProgressTokenFor(Frame frame) =>
        IsProgress(frame) ? Request[Request.ProgressToken] : default;

    private static bool IsProgress(Frame frame) =>
        frame.Kind is FrameKind.Notification && frame.IsMethod("notifications/progress"u8);
}
