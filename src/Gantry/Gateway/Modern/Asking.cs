using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// When a server with sessions asks within a call of a client without: what the client sent along
/// answers, and what it did not send ends its request with a list of what is missing.
/// </summary>
internal sealed class Asking(
    Parking parking,
    CoarseClock clock,
    GatewayLimits limits,
    TimeProvider time
)
{
    /// <summary>Goes on with a call that waited for what this request brings.</summary>
    /// <returns>The response; null when the request is over without.</returns>
    public ValueTask<Frame?> ResumeAsync<TReply>(Exchange exchange, TReply reply, ParkedCall parked)
        where TReply : IReply
    {
        exchange.Session.Unload(exchange, parked.Call);
        var inquiry = new Inquiry(exchange, [.. parked.Questions]) { Asked = parked.Asked };
        return GoOnAsync(exchange, reply, parked.Call, inquiry);
    }

    /// <summary>Deals with a question, and with those that come with it.</summary>
    /// <returns>The response; null when the request is over without.</returns>
    public ValueTask<Frame?> AskAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Frame question
    )
        where TReply : IReply
    {
        var inquiry = new Inquiry(exchange, []);
        inquiry.Add(question);
        return GoOnAsync(exchange, reply, call, inquiry);
    }

    private async ValueTask<Frame?> GoOnAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Inquiry inquiry
    )
        where TReply : IReply
    {
        while (true)
        {
            await inquiry.AnswerAsync();
            if (inquiry.Undeclared() is { } missing)
            {
                exchange.IsOver = true;
                await RefuseAsync(exchange, reply, missing);
                return null;
            }

            var frame = await NextAsync(exchange, reply, call, inquiry.Open.Count > 0);
            if (frame is { Kind: FrameKind.Response })
            {
                return frame;
            }

            if (frame is not null)
            {
                inquiry.Add(frame);
            }
            else if (exchange.IsStopped || reply.IsAborted)
            {
                exchange.IsOver = true;
                await Dispatcher.GiveUpAsync(exchange);
                return null;
            }
            else
            {
                exchange.IsOver = true;
                await ParkAsync(exchange, reply, call, inquiry);
                return null;
            }
        }
    }

    // A response or a further question; null when it has been quiet for a while, or is over.
    private async ValueTask<Frame?> NextAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        bool isGathering
    )
        where TReply : IReply
    {
        var quiet = false;
        using var timer = isGathering
            ? time.CreateTimer(
                _ =>
                {
                    Volatile.Write(ref quiet, true);
                    call.Wake();
                },
                null,
                limits.GatherTime,
                Timeout.InfiniteTimeSpan
            )
            : null;
        while (true)
        {
            var frame = call.TryRead() ?? await call.ReadOrWakeAsync();
            if (frame is { Kind: not FrameKind.Notification })
            {
                return frame;
            }

            if (exchange.IsStopped || reply.IsAborted || (frame is null && quiet))
            {
                frame?.Dispose();
                return null;
            }

            exchange.LastSign = clock.Now;
            if (frame is null || exchange.Shape(frame))
            {
                await reply.WriteAsync(exchange, frame);
                await reply.FlushAsync();
            }

            frame?.Dispose();
        }
    }

    private async ValueTask ParkAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Call call,
        Inquiry inquiry
    )
        where TReply : IReply
    {
        var lease = exchange.Lease ?? throw new InvalidOperationException("Nothing was lent.");
        var questions = inquiry.Open.ToImmutableArray();
        try
        {
            var parked = new ParkedCall(lease, call, questions)
            {
                Asked = inquiry.Asked,
                Bridge = exchange.Bridge,
            };
            exchange.Parked = parked;
            var state = parking.Park(parked);
            exchange.Outcome = Outcome.Answered;
            await reply.FinishAsync(Missing(exchange, questions, state));
        }
        catch (ServerUnavailableException)
        {
            exchange.Parked = null;
            await Dispatcher.GiveUpAsync(exchange);
            throw;
        }
    }

    private static async ValueTask RefuseAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Capability missing
    )
        where TReply : IReply
    {
        await Dispatcher.GiveUpAsync(exchange);
        exchange.Outcome = Outcome.Refused;
        var request = exchange.Request;
        await reply.FinishAsync(
            RpcText.Error(
                request[request.Id],
                Errors.MissingClientCapability,
                $"The server needs what the client does not declare: {missing.ToJson()}.",
                Encoding.UTF8.GetBytes($"{{\"requiredCapabilities\":{missing.ToJson()}}}")
            )
        );
    }

    private static byte[] Missing(
        Exchange exchange,
        ImmutableArray<Question> questions,
        string state
    )
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("resultType", "input_required");
            json.WriteStartObject("inputRequests");
            foreach (var question in questions)
            {
                question.WriteTo(json);
            }

            json.WriteEndObject();
            json.WriteString("requestState", state);
            json.WriteEndObject();
        }

        var request = exchange.Request;
        return RpcText.Result(request[request.Id], output.WrittenSpan);
    }
}
