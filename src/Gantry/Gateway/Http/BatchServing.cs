using System.Buffers;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Serves the messages of a batch side by side, and answers them together.</summary>
internal sealed class BatchServing(
    Dispatcher dispatcher,
    Serving serving,
    Envelopes envelopes,
    GatewayLimits limits
)
{
    /// <exception cref="NotAFrameException">It is no batch, or there are too many.</exception>
    public List<Frame> Split(RequestBody body) =>
        Batch.Split(body.Bytes.AsSpan(0, body.Length), limits.MaxBatchSize);

    /// <summary>Takes the messages over.</summary>
    public async Task ServeAsync(
        HttpContext context,
        Session session,
        List<Frame> messages,
        Accepted accepted
    )
    {
        using var reply = new BatchReply(context, accepted);
        var envelope = envelopes.Of(context, session.Target);
        var answers = new List<Task>(messages.Count);
        foreach (var message in messages)
        {
            if (message.Kind is FrameKind.Request)
            {
                answers.Add(
                    serving.ServeAsync(
                        envelope,
                        session,
                        message,
                        new Part(reply),
                        canStream: false,
                        context.RequestAborted
                    )
                );
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

    /// <summary>The part of a batch's reply that answers one of its requests.</summary>
    private readonly struct Part(BatchReply reply) : IReply
    {
        public bool IsAborted => reply.IsAborted;

        public ValueTask WriteAsync(Exchange exchange, Frame? frame) =>
            new(reply.WriteAsync(exchange, frame));

        public ValueTask FlushAsync() => default;

        public ValueTask FinishAsync(Exchange exchange, Frame response)
        {
            var output = new ArrayBufferWriter<byte>(exchange.Measure(response));
            exchange.Write(output, response);
            return FinishAsync(output.WrittenMemory);
        }

        public ValueTask FinishAsync(ReadOnlyMemory<byte> response) =>
            new(reply.AddAsync(response));

        public ValueTask FinishStoppedAsync() => default;
    }
}
