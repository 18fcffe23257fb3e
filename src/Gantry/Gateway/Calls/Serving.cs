using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>
/// Serves one request from its arrival to its answer, over whatever transport it came: each brings
/// its own <see cref="IReply"/>.
/// </summary>
internal sealed class Serving(
    Dispatcher dispatcher,
    Asking asking,
    Rounds rounds,
    Ledger ledger,
    CoarseClock clock
)
{
    /// <summary>Takes the request over. Never fails: whatever happens becomes an answer.</summary>
    // Generic, so that a reply may be a struct: an ordinary call allocates none.
    public Task ServeAsync<TReply>(
        Session session,
        Frame request,
        TReply reply,
        bool canStream,
        CancellationToken aborted
    )
        where TReply : IReply =>
        ServeAsync(session.Envelope, session, request, reply, canStream, aborted);

    /// <summary>The same, with another envelope than the session's.</summary>
    public async Task ServeAsync<TReply>(
        Envelope envelope,
        Session session,
        Frame request,
        TReply reply,
        bool canStream,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var exchange = session.Begin(request, envelope, canStream, clock.Now);
        if (exchange is null)
        {
            await reply.FinishAsync(Error(request, "This session has too many calls in flight."));
            request.Dispose();
            return;
        }

        await ServeAsync(exchange, reply, aborted);
    }

    /// <summary>Serves a request that its session has noted already.</summary>
    public async Task ServeAsync<TReply>(Exchange exchange, TReply reply, CancellationToken aborted)
        where TReply : IReply
    {
        using var leaving = exchange.Session.Dialect.DisconnectCancels
            ? aborted.UnsafeRegister(static one => (one as Exchange)?.Nudge(), exchange)
            : default;
        exchange.Began = ledger.Now;
        exchange.Show();
        try
        {
            var isAnswered = false;
            while (!isAnswered)
            {
                try
                {
                    var opening = dispatcher.OpenAsync(exchange, aborted);
                    var opened = opening.IsCompleted
                        ? await opening
                        : await WaitAsync(exchange, reply, opening.AsTask());
                    if (opened.Call is { } call)
                    {
                        // Waits here for the first frame, which is mostly the last, so that an ordinary
                        // call is suspended once and in one place.
                        var first = exchange.Resumes is null
                            ? await call.ReadOrWakeAsync()
                            : await asking.ResumeAsync(exchange, reply, exchange.Resumes);
                        await AnswerAsync(exchange, reply, call, first);
                    }
                    else
                    {
                        await GiveAsync(exchange, reply, opened.Answer);
                    }

                    isAnswered = true;
                }
                catch (InstanceGoneException exception)
                    when (Repeating.IsAllowed(exchange, exception))
                {
                    exchange.IsRepeated = true;
                }
            }
        }
        catch (OperationCanceledException)
            when (exchange.IsStopped || aborted.IsCancellationRequested)
        {
            await reply.FinishStoppedAsync();
        }
        catch (Exception exception)
            when (exception is InstanceGoneException or ServerUnavailableException)
        {
            await FailAsync(exchange, reply, exception);
        }
        finally
        {
            End(exchange);
        }

        // Not before: until then a cancellation looks for it by its id.
        exchange.Dispose();
    }

    private static ValueTask FailAsync<TReply>(Exchange exchange, TReply reply, Exception why)
        where TReply : IReply
    {
        exchange.ForgetSubscription();
        exchange.Outcome = Outcome.Failed;
        var error = Error(exchange, why);
        exchange.Show(error);
        return reply.FinishAsync(error);
    }

    private static ValueTask GiveAsync<TReply>(
        Exchange exchange,
        TReply reply,
        ReadOnlyMemory<byte> answer
    )
        where TReply : IReply
    {
        exchange.Outcome = Outcome.Answered;
        exchange.Show(answer);
        return reply.FinishAsync(answer);
    }

    private void End(Exchange exchange)
    {
        exchange.Session.Finish(exchange, clock.Now);
        exchange.Crossing?.End();
        ledger.Note(exchange);
    }

    // A server may take its time to start.
    private async ValueTask<Opened> WaitAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Task<Opened> opening
    )
        where TReply : IReply
    {
        while (await Task.WhenAny(opening, exchange.NextNudge()) != opening)
        {
            exchange.LastSign = clock.Now;
            await reply.WriteAsync(exchange, frame: null);
            await reply.FlushAsync();
        }

        return await opening;
    }

    private async ValueTask AnswerAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Frame? frame
    )
        where TReply : IReply
    {
        for (var round = 1; ; round++)
        {
            if (await ReadResponseAsync(exchange, reply, call, frame) is not { } response)
            {
                return;
            }

            if (!response.RequiresInput || exchange.Bridge is not ToModern bridge)
            {
                await FinishAsync(exchange, reply, call, response);
                return;
            }

            call = await rounds.AskAsync(new(exchange, bridge, round), reply, response);
            frame = await call.ReadOrWakeAsync();
        }
    }

    // Null when the request is over without one.
    private async ValueTask<Frame?> ReadResponseAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Frame? frame
    )
        where TReply : IReply
    {
        while (frame is not { Kind: FrameKind.Response })
        {
            if (exchange.IsOver)
            {
                return null;
            }

            if (frame is { Kind: FrameKind.Request } && exchange.Lease is not null)
            {
                frame = await asking.AskAsync(exchange, reply, call, frame);
                continue;
            }

            if (!await PassAsync(exchange, reply, call, frame))
            {
                return null;
            }

            frame = call.TryRead() ?? await FlushAndReadAsync(reply, call);
        }

        return frame;
    }

    // True while the client still waits.
    private async ValueTask<bool> PassAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Frame? frame
    )
        where TReply : IReply
    {
        if (exchange.IsStopped)
        {
            frame?.Dispose();
            await Dispatcher.GiveUpAsync(exchange);
            await reply.FinishStoppedAsync();
            return false;
        }

        if (reply.IsAborted && exchange.Session.Dialect.DisconnectCancels)
        {
            frame?.Dispose();
            await Dispatcher.GiveUpAsync(exchange);
            return false;
        }

        if (reply.IsAborted)
        {
            // Without a word: the server goes on.
            exchange.Session.PassOn(frame is null ? call.Abandon() : [frame, .. call.Abandon()]);
            return false;
        }

        exchange.LastSign = clock.Now;
        if (frame is null || exchange.Shape(frame))
        {
            if (frame is not null)
            {
                exchange.Show(frame);
            }

            await reply.WriteAsync(exchange, frame);
        }

        frame?.Dispose();
        return true;
    }

    private static async ValueTask<Frame?> FlushAndReadAsync<TReply>(TReply reply, Call call)
        where TReply : IReply
    {
        await reply.FlushAsync();
        return await call.ReadOrWakeAsync();
    }

    private static async ValueTask FinishAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Frame response
    )
        where TReply : IReply
    {
        if (exchange.Seat is { IsAlone: true } seat)
        {
            await WriteEarlierAsync(exchange, seat, reply, call);
        }

        exchange.Outcome = response.IsError ? Outcome.Refused : Outcome.Answered;
        exchange.AnswerSize = response.Length;
        if (response.IsError)
        {
            exchange.ForgetSubscription();
        }

        // A budget measures what the server said; what its client's era adds comes on top.
        var treated = exchange.Crossing?.Treat(exchange, response) ?? response;
        exchange.Shape(treated);
        exchange.Crossing?.Note(exchange, treated);
        exchange.Show(treated);
        await reply.FinishAsync(exchange, treated);
        treated.Dispose();
        exchange.Session.PassOn(call.Abandon());
    }

    // What the server sent before its response shall not arrive after it. Some of it may have met
    // the moment before the call was known, and wait for a stream.
    private static async ValueTask WriteEarlierAsync<TReply>(
        Exchange exchange,
        Seat seat,
        TReply reply,
        Call call
    )
        where TReply : IReply
    {
        seat.Drain();
        exchange.Session.Unload(exchange, call);
        while (call.TryRead() is { } frame)
        {
            await WriteEarlierAsync(exchange, reply, frame);
            frame.Dispose();
        }
    }

    private static async ValueTask WriteEarlierAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Frame frame
    )
        where TReply : IReply
    {
        if (frame.Kind is FrameKind.Request && exchange.Lease is not null)
        {
            // The next call at this instance will ask it.
            exchange.Session.Outbox.Add(frame.Utf8.ToArray());
        }
        else if (exchange.Shape(frame))
        {
            exchange.Show(frame);
            await reply.WriteAsync(exchange, frame);
        }
    }

    private static byte[] Error(Exchange exchange, Exception why)
    {
        var dialect = exchange.Session.Dialect;
        return RpcText.Error(
            exchange.Request[exchange.Request.Id],
            dialect.HasSessions ? RpcText.ServerError : RpcText.InternalError,
            why.Message,
            (why as ServerUnavailableException)?.RetryAfter
        );
    }

    private static byte[] Error(Frame request, string message) =>
        RpcText.Error(request[request.Id], RpcText.ServerError, message);
}
