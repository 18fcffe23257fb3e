using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>
/// Serves one request from its arrival to its answer, over whatever transport it came: each brings
/// its own <see cref="IReply"/>.
/// </summary>
internal sealed class Serving(Dispatcher dispatcher, Ledger ledger, CoarseClock clock)
{
    /// <summary>Takes the request over. Never fails: whatever happens becomes an answer.</summary>
    // Generic, so that a reply may be a struct: an ordinary call allocates none.
    public async Task ServeAsync<TReply>(
        Session session,
        Frame request,
        TReply reply,
        bool canStream,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var exchange = session.Begin(request, canStream, clock.Now);
        if (exchange is null)
        {
            await reply.FinishAsync(Error(request, "This session has too many calls in flight."));
            request.Dispose();
            return;
        }

        exchange.Began = ledger.Now;
        exchange.Show();
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
                var first = await call.ReadOrWakeAsync();
                await AnswerAsync(exchange, reply, call, first);
            }
            else
            {
                exchange.Outcome = Outcome.Answered;
                exchange.Show(opened.Answer);
                await reply.FinishAsync(opened.Answer);
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
            exchange.ForgetSubscription();
            exchange.Outcome = Outcome.Failed;
            var error = Error(request, exception.Message);
            exchange.Show(error);
            await reply.FinishAsync(error);
        }
        finally
        {
            session.Finish(exchange, clock.Now);
            ledger.Note(exchange);
        }

        // Not before: until then a cancellation looks for it by its id.
        exchange.Call?.Dispose();
        request.Dispose();
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
        while (frame is not { Kind: FrameKind.Response })
        {
            if (!await PassAsync(exchange, reply, call, frame))
            {
                return;
            }

            frame = call.TryRead() ?? await FlushAndReadAsync(reply, call);
        }

        await FinishAsync(exchange, reply, call, frame);
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

        if (reply.IsAborted)
        {
            // Without a word: the server goes on.
            exchange.Session.PassOn(frame is null ? call.Abandon() : [frame, .. call.Abandon()]);
            return false;
        }

        exchange.LastSign = clock.Now;
        if (frame is not null)
        {
            Shape(exchange, frame);
            exchange.Show(frame);
        }

        await reply.WriteAsync(exchange, frame);
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

        Shape(exchange, response);
        exchange.Show(response);
        await reply.FinishAsync(exchange, response);
        response.Dispose();
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
            exchange.Show(frame);
            await reply.WriteAsync(exchange, frame);
            frame.Dispose();
        }
    }

    // A client of several servers reads what one of them says in the names that it uses itself.
    private static void Shape(Exchange exchange, Frame? frame)
    {
        if (frame is not null && exchange is { Session.Home: null, Seat: { } seat })
        {
            Outward.Shape(seat.Server, frame);
        }
    }

    private static byte[] Error(Frame request, string message) =>
        RpcText.Error(request[request.Id], RpcText.ServerError, message);
}
