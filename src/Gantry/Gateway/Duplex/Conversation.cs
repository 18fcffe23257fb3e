using System.Threading.Channels;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// One client on one stream that lasts: what comes in is served side by side, and all that goes out
/// goes through one <see cref="Outlet"/>. The end of the stream is the end of the session.
/// </summary>
internal sealed class Conversation(
    string id,
    Visit visit,
    Outlet outlet,
    DuplexParts parts,
    int began
)
{
    private readonly Errands _errands = new();
    private readonly LoneCalls _alone = new(parts.Limits.MaxCallsPerSession);
    private readonly Channel<bool> _signs = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private volatile Session? _session;
    private int _isGreeting;

    /// <summary>A secret between the client and the gateway, where messages come by other ways than
    /// the stream.</summary>
    public string Id { get; } = id;

    public Visit Visit { get; } = visit;

    public Outlet Outlet { get; } = outlet;

    /// <summary>Serves the stream until it ends, and then whatever was under way.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await _signs.Reader.WaitToReadAsync(Outlet.Cut))
            {
                _signs.Reader.TryRead(out _);
                await Outlet.KeepAliveAsync();
            }
        }
        catch (OperationCanceledException) when (Outlet.Cut.IsCancellationRequested)
        {
            // However it ended, nobody waits for an answer any more.
        }

        await FinishAsync();
    }

    /// <summary>Ends the session, and waits for whatever was under way.</summary>
    public async Task FinishAsync()
    {
        EndSession();
        await _errands.WhenAllAsync();
        EndSession();
    }

    /// <summary>Takes a message over, and returns when the client may send the next.</summary>
    /// <param name="context">What brought it, which is not kept.</param>
    /// <param name="envelope">What came along with it.</param>
    /// <exception cref="OperationCanceledException">The stream ended meanwhile.</exception>
    public async ValueTask TakeAsync(Frame message, HttpContext context, Envelope envelope)
    {
        if (Outlet.Cut.IsCancellationRequested)
        {
            message.Dispose();
            return;
        }

        _session?.Touch(parts.Sessions.Now);
        if (message.Kind is FrameKind.Request)
        {
            var luggage = parts.Modern.LuggageOf(context, Visit.Target, envelope, message);
            _errands.Add(CountAsync(message, luggage));
        }
        else
        {
            await AcceptAsync(message);
        }

        await Outlet.Backlog.ReliefAsync(Outlet.Cut);
    }

    /// <summary>Gives a sign of life, and ends what nobody uses.</summary>
    public void Tick(int now)
    {
        var isIdle = _session is null && Volatile.Read(ref _isGreeting) == 0;
        if (isIdle && now - began >= parts.Limits.IntroductionTimeout.TotalSeconds)
        {
            Outlet.End(Farewell.Silent);
        }

        _signs.Writer.TryWrite(true);
    }

    private void EndSession()
    {
        if (_session is { } session)
        {
            var why = Outlet.Farewell?.Reason;
            parts.Sessions.End(session, string.IsNullOrEmpty(why) ? "client" : why);
        }
    }

    private async Task CountAsync(Frame request, Luggage luggage)
    {
        if (Visit.Enter() is { } excess)
        {
            using (request)
            {
                await RefuseAsync(request, Refusal.Over(excess).Detail);
            }

            return;
        }

        try
        {
            await ServeAsync(request, luggage);
        }
        finally
        {
            Visit.Leave();
        }
    }

    private Task ServeAsync(Frame request, Luggage luggage)
    {
        if (!request.ProtocolVersion.IsEmpty)
        {
            return ServeAloneAsync(request, luggage);
        }

        if (_session is { } session)
        {
            return parts.Serving.ServeAsync(
                luggage.Envelope,
                session,
                request,
                new StreamReply(Outlet, Outlet.Cut),
                canStream: true,
                Outlet.Cut
            );
        }

        return
            request.IsMethod("initialize"u8)
            && Interlocked.CompareExchange(ref _isGreeting, 1, 0) == 0
            ? GreetAsync(request)
            : AnswerStrangerAsync(request);
    }

    // A request that brings its own revision stands alone, whatever else the stream carries.
    private async Task ServeAloneAsync(Frame request, Luggage luggage)
    {
        Volatile.Write(ref _isGreeting, 1);
        using var cancel = _alone.Begin(request, Outlet.Cut);
        if (cancel is null)
        {
            using (request)
            {
                await RefuseAsync(request, "There are too many calls in flight, or two of one id.");
            }

            return;
        }

        await parts.Modern.ServeAsync(
            Visit.Target,
            luggage,
            request,
            new StreamReply(Outlet, cancel.Token),
            cancel.Token
        );
    }

    // Not on the caller's time: a server may take its time to start, and the client may leave. Nor
    // is it under way any more once it is answered, however long the session lasts.
    private async Task GreetAsync(Frame initialize)
    {
        if (await WelcomeAsync(initialize) is { } session)
        {
            _errands.Add(PumpAsync(session));
        }
    }

    // The session is there before its client learns of it, and its messages go out after that.
    private async Task<Session?> WelcomeAsync(Frame initialize)
    {
        using (initialize)
        {
            try
            {
                var cut = Outlet.Cut;
                var welcome = await parts.Introduction.WelcomeAsync(
                    Visit.Target,
                    initialize,
                    Visit.Admission.Envelope,
                    cut
                );
                _session = welcome.Session;
                await Outlet.WriteAsync(welcome.Answer);
                return welcome.Session;
            }
            catch (ServerUnavailableException exception)
            {
                Volatile.Write(ref _isGreeting, 0);
                await RefuseAsync(initialize, exception.Message);
            }
            catch (OperationCanceledException) when (Outlet.Cut.IsCancellationRequested)
            {
                // Nobody is left to be welcomed.
            }

            return null;
        }
    }

    private async Task PumpAsync(Session session)
    {
        var reader = session.Outbox.Open(Outlet.Cut);
        Outlet.Outbox = session.Outbox;
        try
        {
            while (await session.Outbox.Messages.WaitToReadAsync(reader.Token))
            {
                await Outlet.DrainAsync();
            }

            Outlet.End(Farewell.SessionOver(session.EndReason ?? "stopping"));
        }
        catch (OperationCanceledException) when (reader.IsCancellationRequested)
        {
            // The stream is over, and the session with it.
        }
        finally
        {
            session.Outbox.Close(reader);
        }
    }

    private async ValueTask AcceptAsync(Frame message)
    {
        using (message)
        {
            if (message.IsMethod("notifications/cancelled"u8) && _alone.Cancel(message))
            {
                return;
            }

            if (_session is { } session)
            {
                await parts.Dispatcher.AcceptAsync(session, message, Outlet.Cut);
            }
        }
    }

    private async Task AnswerStrangerAsync(Frame request)
    {
        using (request)
        {
            if (request.IsMethod("ping"u8))
            {
                await Outlet.WriteAsync(RpcText.Result(request[request.Id], "{}"u8));
                return;
            }

            await RefuseAsync(
                request,
                "There is no session yet. Send 'initialize' and wait for its answer."
            );
        }
    }

    private ValueTask RefuseAsync(Frame request, string message) =>
        Outlet.WriteAsync(RpcText.Error(request[request.Id], RpcText.ServerError, message));
}

/// <summary>What every conversation needs of the gateway.</summary>
internal sealed record DuplexParts(
    Introduction Introduction,
    Calls.Dispatcher Dispatcher,
    Calls.Serving Serving,
    SessionTable Sessions,
    ModernMessages Modern,
    GatewayLimits Limits
);
