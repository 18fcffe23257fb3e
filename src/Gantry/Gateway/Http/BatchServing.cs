using System.Buffers;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Serves the messages of a batch side by side, and answers them together.</summary>
internal sealed class BatchServing(Dispatcher dispatcher, CoarseClock clock)
{
    /// <summary>Takes the messages over.</summary>
    public async Task ServeAsync(
        HttpContext context,
        Session session,
        List<Frame> messages,
        Accepted accepted
    )
    {
        using var reply = new BatchReply(context, accepted);
        var answers = new List<Task>(messages.Count);
        foreach (var message in messages)
        {
            if (message.Kind is FrameKind.Request)
            {
                answers.Add(AnswerAsync(context, session, message, reply));
            }
            else
            {
                await dispatcher.AcceptAsync(session, message, CancellationToken.None);
                message.Dispose();
            }
        }

        await Task.WhenAll(answers);
        if (answers.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        await reply.FinishAsync();
    }

    private async Task AnswerAsync(
        HttpContext context,
        Session session,
        Frame request,
        BatchReply reply
    )
    {
        var answer = LocalAnswers.Find(session, request);
        if (answer is null && session.Begin(request, canStream: false, clock.Now) is { } exchange)
        {
            await AnswerAsync(context, session, exchange, reply);
        }
        else
        {
            await reply.AddAsync(
                answer ?? Error(request, "This session has too many calls in flight.")
            );
        }

        request.Dispose();
    }

    private async Task AnswerAsync(
        HttpContext context,
        Session session,
        Exchange exchange,
        BatchReply reply
    )
    {
        try
        {
            await AnswerAsync(context, exchange, reply);
        }
        catch (OperationCanceledException)
            when (exchange.IsStopped || context.RequestAborted.IsCancellationRequested)
        {
            // Nobody wants it any more.
        }
        catch (Exception exception)
            when (exception is InstanceGoneException or ServerUnavailableException)
        {
            exchange.ForgetSubscription();
            await reply.AddAsync(Error(exchange.Request, exception.Message));
        }
        finally
        {
            session.Finish(exchange, clock.Now);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exchange exchange, BatchReply reply)
    {
        var request = exchange.Request;
        if (await dispatcher.OpenAsync(exchange, context.RequestAborted) is not { } call)
        {
            await reply.AddAsync(RpcText.Result(request[request.Id], "{}"u8));
            return;
        }

        var frame = await call.ReadOrWakeAsync();
        while (frame is not { Kind: FrameKind.Response })
        {
            if (exchange.IsStopped)
            {
                frame?.Dispose();
                await Dispatcher.GiveUpAsync(exchange);
                return;
            }

            if (reply.IsAborted)
            {
                exchange.Session.PassOn(
                    frame is null ? call.Abandon() : [frame, .. call.Abandon()]
                );
                return;
            }

            exchange.LastSign = clock.Now;
            await reply.WriteAsync(frame, request);
            frame?.Dispose();
            frame = await call.ReadOrWakeAsync();
        }

        await FinishAsync(exchange, frame, reply);
        exchange.Session.PassOn(call.Abandon());
    }

    private static async Task FinishAsync(Exchange exchange, Frame response, BatchReply reply)
    {
        using (response)
        {
            if (response.IsError)
            {
                exchange.ForgetSubscription();
            }

            var output = new ArrayBufferWriter<byte>(response.Length);
            FrameWriter.Write(output, response, exchange.Request[exchange.Request.Id]);
            await reply.AddAsync(output.WrittenSpan.ToArray());
        }
    }

    private static byte[] Error(Frame request, string message) =>
        RpcText.Error(request[request.Id], RpcText.ServerError, message);
}
