using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// Answers one request over HTTP: as JSON when the first thing that comes back is the response, as
/// a stream of events otherwise.
/// </summary>
internal sealed class CallServing(Dispatcher dispatcher, CoarseClock clock)
{
    /// <summary>Takes the request over.</summary>
    public async Task ServeAsync(
        HttpContext context,
        Session session,
        Frame request,
        Accepted accepted
    )
    {
        var exchange = session.Begin(request, accepted.HasFlag(Accepted.EventStream), clock.Now);
        if (exchange is null)
        {
            await RefuseAsync(context, request, "This session has too many calls in flight.");
            request.Dispose();
            return;
        }

        try
        {
            var opening = dispatcher.OpenAsync(exchange, context.RequestAborted);
            var opened = opening.IsCompleted
                ? await opening
                : await WaitAsync(new(context, request, accepted), exchange, opening.AsTask());
            if (opened is { } call)
            {
                // Waits here for the first frame, which is mostly the last, so that an ordinary
                // call is suspended once and in one place.
                var first = await call.ReadOrWakeAsync();
                await AnswerAsync(new(context, request, accepted), exchange, call, first);
            }
            else
            {
                var answer = RpcText.Result(request[request.Id], "{}"u8);
                await new CallReply(context, request, accepted).FinishAsync(answer);
            }
        }
        catch (OperationCanceledException)
            when (exchange.IsStopped || context.RequestAborted.IsCancellationRequested)
        {
            await new CallReply(context, request, accepted).FinishStoppedAsync();
        }
        catch (Exception exception)
            when (exception is InstanceGoneException or ServerUnavailableException)
        {
            exchange.ForgetSubscription();
            await new CallReply(context, request, accepted).FinishAsync(
                RpcText.Error(request[request.Id], RpcText.ServerError, exception.Message)
            );
        }
        finally
        {
            session.Finish(exchange, clock.Now);
        }

        // Not before: until then a cancellation looks for it by its id.
        request.Dispose();
    }

    // A server may take its time to start.
    private async ValueTask<Call?> WaitAsync(
        CallReply reply,
        Exchange exchange,
        Task<Call?> opening
    )
    {
        while (await Task.WhenAny(opening, exchange.NextNudge()) != opening)
        {
            exchange.LastSign = clock.Now;
            await reply.WriteAsync(frame: null);
            await reply.FlushAsync();
        }

        return await opening;
    }

    private async ValueTask AnswerAsync(CallReply reply, Exchange exchange, Call call, Frame? frame)
    {
        while (frame is not { Kind: FrameKind.Response })
        {
            if (!await PassAsync(reply, exchange, call, frame))
            {
                return;
            }

            frame = call.TryRead() ?? await FlushAndReadAsync(reply, call);
        }

        await FinishAsync(reply, exchange, call, frame);
    }

    // True while the client still waits.
    private async ValueTask<bool> PassAsync(
        CallReply reply,
        Exchange exchange,
        Call call,
        Frame? frame
    )
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
        await reply.WriteAsync(frame);
        return true;
    }

    private static async ValueTask<Frame?> FlushAndReadAsync(CallReply reply, Call call)
    {
        await reply.FlushAsync();
        return await call.ReadOrWakeAsync();
    }

    private static async ValueTask FinishAsync(
        CallReply reply,
        Exchange exchange,
        Call call,
        Frame response
    )
    {
        if (exchange.Session.IsAlone)
        {
            await WriteEarlierAsync(reply, exchange, call);
        }

        if (response.IsError)
        {
            exchange.ForgetSubscription();
        }

        await reply.FinishAsync(response);
        response.Dispose();
        exchange.Session.PassOn(call.Abandon());
    }

    // What the server sent before its response shall not arrive after it. Some of it may have met
    // the moment before the call was known, and wait for a stream.
    private static async ValueTask WriteEarlierAsync(CallReply reply, Exchange exchange, Call call)
    {
        exchange.Session.Drain();
        exchange.Session.Unload(exchange, call);
        while (call.TryRead() is { } frame)
        {
            await reply.WriteAsync(frame);
        }
    }

    private static Task RefuseAsync(HttpContext context, Frame request, string message) =>
        HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status200OK,
            RpcText.ServerError,
            message,
            request[request.Id]
        );
}
