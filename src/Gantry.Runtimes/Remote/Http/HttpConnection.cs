using System.Net;
using System.Net.Http;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>
/// Streamable HTTP, of both eras: every message is a request of its own, and is answered on it.
/// </summary>
internal sealed class HttpConnection : RemoteConnection
{
    private readonly SemaphoreSlim _renewing = new(1);
    private readonly Subscribed _subscribed = new();
    private readonly ToolHeaders _tools = new();
    private readonly ToolInquiry _inquiry;
    private readonly EventStream _events;
    private readonly Retries _retries;
    private volatile HttpSession? _session;
    private string? _offeredSession;
    private Task _listening = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;

    public HttpConnection(RemoteContext context)
        : base(context)
    {
        _events = new(TryParse, context.MaxFrameSize);
        _retries = new(this, context.Time);
        _inquiry = new(this, _tools);
    }

    /// <summary>The status with which the last request was refused, if one was.</summary>
    public HttpStatusCode? Refusal { get; private set; }

    /// <summary>What it turned out to be.</summary>
    public Verdict Verdict => IsModern ? Verdict.Modern : Verdict.Legacy;

    /// <inheritdoc/>
    public override async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        var mayBeModern = Context.Known is not Verdict.Legacy;
        if (
            mayBeModern
            && await new EraProbe(this, Context).RunAsync(cancellationToken) is { } modern
        )
        {
            Handshake = modern;
            IsModern = true;
        }
        else
        {
            Handshake = await BeginAsync(cancellationToken);
            IsModern = !Handshake.Dialect.HasSessions;
        }

        if (!IsModern)
        {
            _listening = new Listening(this, Context, _events).RunAsync(Over);
        }

        _watching = new Watch(this, Context).RunAsync(Over);
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(Frame frame, CancellationToken cancellationToken)
    {
        var request = Post(BodyOf(frame, default, default, default)) with
        {
            Headers =
                IsModern && frame.Kind is FrameKind.Notification
                    ? ProtocolHeaders.Of(frame, Handshake.Dialect.Revision, [])
                    : [],
        };
        await TellAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask TakeLeaveAsync(CancellationToken cancellationToken)
    {
        if (_session is { Id: not null } session)
        {
            var request = new OriginRequest(HttpMethod.Delete, Origin.Url)
            {
                Accept = Bodies.Either,
                Headers = session.Headers,
            };
            using var farewell = await Origin.SendAsync(request, Envelope.Own, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _listening;
        await _watching;
        await base.DisposeAsync();
        _renewing.Dispose();
        _inquiry.Dispose();
    }

    /// <summary>The session that requests belong to now; null before there is one, and where
    /// requests stand alone.</summary>
    public HttpSession? Session => _session;

    public OriginRequest Post(ReadOnlyMemory<byte> body) =>
        new(HttpMethod.Post, Origin.Url) { Accept = Bodies.Either, Body = body };

    /// <summary>Sends a request within the session, and nothing more.</summary>
    public Task<HttpResponseMessage> SendAsync(
        OriginRequest request,
        HttpSession? session,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        var inSession = session is null
            ? request
            : request with
            {
                // The common case copies nothing.
                Headers =
                    request.Headers.Count == 0
                        ? session.Headers
                        : [.. request.Headers, .. session.Headers],
            };
        return Origin.SendAsync(inSession, envelope, cancellationToken);
    }

    /// <summary>Begins a new session in place of one that the server has forgotten.</summary>
    public async Task RenewAsync(HttpSession lost, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(_session, lost))
            {
                return;
            }

            Context.Log.Note("The server has forgotten its session; a new one begins.");
            _session = null;
            Handshake = await BeginAsync(cancellationToken);
            foreach (var request in _subscribed.Again())
            {
                await AskAgainAsync(request, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is InstanceGoneException or HandshakeException)
        {
            Lose($"the server has forgotten its session and begins no other: {exception.Message}");
            throw;
        }
        finally
        {
            _renewing.Release();
        }
    }

    public new void Lose(string reason) => base.Lose(reason);

    public void Hear(Frame frame) => Take(frame, stream: null);

    /// <summary>Whether the answer says that the server does not know the session any more.</summary>
    // Some say so with 400, which can mean many things; a ping tells.
    public ValueTask<bool> IsForgottenAsync(
        HttpResponseMessage response,
        HttpSession session,
        CancellationToken cancellationToken
    ) =>
        session.Id is not null && response.StatusCode is HttpStatusCode.BadRequest
            ? IsForgottenAsync(session, cancellationToken)
            : new(session.Id is not null && response.StatusCode is HttpStatusCode.NotFound);

    /// <inheritdoc/>
    protected override Task ServeAsync(RemoteCall call, Envelope envelope) =>
        IsModern && _inquiry.IsDue(call.Request, envelope)
            ? InquireAsync(call, envelope)
            : ServeAsync(call, call.Request, envelope);

    private async Task InquireAsync(RemoteCall call, Envelope envelope)
    {
        // Whoever made the call may give up, and dispose of the frame, before the tool is known.
        var bytes = Bodies.Write(call.Request, default, default, default);
        using var frame = Frame.Parse(bytes.Span);
        await _inquiry.RunAsync(frame, envelope, call.Over);
        await ServeAsync(call, frame, envelope);
    }

    private async Task ServeAsync(RemoteCall call, Frame frame, Envelope envelope)
    {
        // All that is needed of the frame, before anybody may dispose of it.
        var request = Prepare(call, frame, envelope);
        var session = frame.IsMethod("initialize"u8) ? null : _session;
        var terms = (frame.OnlyReads, IsKnown: session is not null || IsModern);
        _subscribed.Note(frame);
        var response = await _retries.SendAsync(request, session, envelope, terms, call.Over);
        if (session is not null && await IsForgottenAsync(response, session, call.Over))
        {
            // It was turned away at the door, so it may be sent again.
            response.Dispose();
            await RenewAsync(session, call.Over);
            response = await SendAsync(request, _session, envelope, call.Over);
        }

        using (response)
        {
            call.LastSign = Time.GetTimestamp();
            _offeredSession ??= Answers.SessionOf(response);
            await TakeAsync(call, response);
        }
    }

    /// <inheritdoc/>
    protected override Frame Hear(RemoteCall call, Frame response)
    {
        if (response.IsError)
        {
            return response;
        }

        if (call.Request.IsMethod("initialize"u8))
        {
            var revision = JsonPart.Member(response[response.Body], "protocolVersion"u8);
            _session = new(
                Interlocked.Exchange(ref _offeredSession, null),
                ProtocolHeaders.Text(revision) ?? Dialect.Unnamed.Revision
            );
        }

        if (!IsModern || !call.Request.IsMethod("tools/list"u8))
        {
            return response;
        }

        var without = _tools.Learn(call.Request, response, NoteRefused);
        if (without is not null)
        {
            response.Dispose();
        }

        return without ?? response;
    }

    /// <inheritdoc/>
    // Where requests stand alone, hanging up is all there is to say (2026-07-28, cancellation).
    protected override async ValueTask TellCancelledAsync(
        RemoteCall call,
        Frame? notification,
        CancellationToken cancellationToken
    )
    {
        if (!IsModern)
        {
            using var own = Cancellation.NewFrame();
            var body = BodyOf(notification ?? own, default, default, call.Utf8Number);
            await TellAsync(Post(body), cancellationToken);
        }
    }

    private async ValueTask<bool> IsForgottenAsync(
        HttpSession session,
        CancellationToken cancellationToken
    )
    {
        using var ping = Introductions.Ping();
        using var pong = await SendAsync(
            Post(Bodies.Write(ping, default, default, default)),
            session,
            Envelope.Own,
            cancellationToken
        );
        return pong.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound;
    }

    private async Task TellAsync(OriginRequest request, CancellationToken cancellationToken)
    {
        var session = _session;
        try
        {
            using var response = await SendAsync(request, session, Envelope.Own, cancellationToken);
            if (session is not null && await IsForgottenAsync(response, session, cancellationToken))
            {
                await RenewAsync(session, cancellationToken);
            }
        }
        catch (Exception exception) when (Failures.Explain(exception, Origin.Shown) is { } failure)
        {
            throw new InstanceGoneException($"{Instance}: {failure.Reason}");
        }
    }

    private void NoteRefused(string tool, string why) =>
        Context.Log.Note($"The tool '{tool}' is left out: {why}.");

    private Task<Handshake> BeginAsync(CancellationToken cancellationToken)
    {
        _offeredSession = null;
        return Handshaker.RunAsync(this, Context.InitializeParams, cancellationToken);
    }

    private async Task AskAgainAsync(Frame request, CancellationToken cancellationToken)
    {
        if (await OpenAsync(request, Envelope.Own, cancellationToken) is { } call)
        {
            using var answer = await call.ReadAsync().AsTask().WaitAsync(cancellationToken);
        }
    }

    private OriginRequest Prepare(RemoteCall call, Frame request, Envelope envelope)
    {
        var body = BodyOf(request, call.Utf8Number, call.Utf8Number, default);
        if (!IsModern && !request.IsMethod("server/discover"u8))
        {
            return Post(body);
        }

        var revision = IsModern ? Handshake.Dialect.Revision : Introductions.Revision;
        var parameters = _tools.Of(request, envelope);
        return Post(body) with { Headers = ProtocolHeaders.Of(request, revision, parameters) };
    }

    private async Task TakeAsync(RemoteCall call, HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            Refusal = response.StatusCode;
            Answer(call, await Answers.RefusalAsync(response, call, Origin.Shown), atOnce: true);
        }
        else if (Bodies.Is(response, Bodies.Events))
        {
            await FollowAsync(call, response);
        }
        else
        {
            Answers.RequireMessage(response);
            var most = Context.MaxFrameSize;
            Take(await Bodies.ReadAsync(response, most, () => Sign(call), call.Over), call);
            Answers.Require(call);
        }
    }

    // A server may hang up before it has answered, and be asked for the rest (2025-11-25, SEP-1699).
    private async Task FollowAsync(RemoteCall call, HttpResponseMessage first)
    {
        var position = new StreamPosition();
        var resuming = new Resuming(this, Context, position);
        var response = first;
        while (true)
        {
            await ReadAsync(call, response, position);
            if (call.IsFinished)
            {
                return;
            }

            if (IsModern || position.LastEventId.Length == 0)
            {
                throw new OriginAnswerException(Answers.EndedEarly);
            }

            response.Dispose();
            response = await resuming.RunAsync(call.Over);
        }
    }

    private async Task ReadAsync(
        RemoteCall call,
        HttpResponseMessage response,
        StreamPosition position
    )
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(call.Over);
            var events = _events.ReadAsync(stream, () => Sign(call), position, call.Over);
            await foreach (var one in events)
            {
                if (one.Frame is { } frame)
                {
                    Take(frame, call);
                }

                if (call.IsFinished)
                {
                    call.EndWork(RemoteLimits.AfterAnswer);
                }
            }
        }
        catch (IOException) when (position.LastEventId.Length > 0 && !IsModern)
        {
            // It broke where the server said how it can be taken up again.
        }
    }

    private void Sign(RemoteCall call) => call.LastSign = Time.GetTimestamp();
}
