using System.Buffers;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>
/// When a server without sessions needs input: asks the client, which has one, by requests on its
/// stream, and makes the server's request again with the answers.
/// </summary>
internal sealed class Rounds(
    Router router,
    FlowControl flow,
    CoarseClock clock,
    GatewayLimits limits
)
{
    /// <summary>Takes the response over, and gives the call that follows it.</summary>
    /// <exception cref="ServerUnavailableException">It cannot go on.</exception>
    /// <exception cref="InstanceGoneException">There is no instance any more.</exception>
    public async ValueTask<Call> AskAsync<TReply>(Round round, TReply reply, Frame response)
        where TReply : IReply
    {
        using (response)
        {
            if (round.Number > limits.MaxInputRounds)
            {
                throw new ServerUnavailableException(
                    $"The server asked for input more than {limits.MaxInputRounds} times."
                );
            }

            var stopping = round.Exchange.BeginOpening(CancellationToken.None);
            var requests = RequestsFor(round.Exchange, response);
            var answers = await AskAsync(round.Exchange, reply, requests, stopping);
            return await ContinueAsync(round, answers, State(response), stopping);
        }
    }

    private async Task<byte[]> AskAsync<TReply>(
        Exchange exchange,
        TReply reply,
        Dictionary<string, byte[]> requests,
        CancellationToken stopping
    )
        where TReply : IReply
    {
        var answers = new Dictionary<string, Task<Frame>>(StringComparer.Ordinal);
        foreach (var (key, request) in requests)
        {
            answers[key] = await SendAsync(exchange, reply, request);
        }

        await reply.FlushAsync();
        await WaitAsync(exchange, reply, Task.WhenAll(answers.Values).WaitAsync(stopping));
        return await CollectAsync(answers);
    }

    // On the call's own stream where it has one, or else where the client listens.
    private static async Task<Task<Frame>> SendAsync<TReply>(
        Exchange exchange,
        TReply reply,
        byte[] request
    )
        where TReply : IReply
    {
        var answered = new TaskCompletionSource<Frame>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        var id =
            exchange.Session.Questions.TryAdd(answered)
            ?? throw new ServerUnavailableException("Too many questions wait for this client.");
        using var question = Frame.Parse([
            .. "{\"jsonrpc\":\"2.0\",\"id\":"u8,
            .. id,
            .. ","u8,
            .. request.AsSpan(1),
        ]);
        if (exchange.CanStream)
        {
            await reply.WriteAsync(exchange, question);
        }
        else
        {
            exchange.Session.Outbox.Add(question.Utf8.ToArray());
        }

        return answered.Task;
    }

    private async Task WaitAsync<TReply>(Exchange exchange, TReply reply, Task answered)
        where TReply : IReply
    {
        while (await Task.WhenAny(answered, exchange.NextNudge()) != answered)
        {
            exchange.LastSign = clock.Now;
            await reply.WriteAsync(exchange, frame: null);
            await reply.FlushAsync();
        }

        await answered;
    }

    private static async Task<byte[]> CollectAsync(Dictionary<string, Task<Frame>> answers)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var (key, answer) in answers)
            {
                using var frame = await answer;
                if (frame.IsError)
                {
                    throw new ServerUnavailableException(
                        "The client did not answer what the server asked: "
                            + Encoding.UTF8.GetString(frame[frame.Body])
                    );
                }

                json.WritePropertyName(key);
                json.WriteRawValue(frame[frame.Body], skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private async ValueTask<Call> ContinueAsync(
        Round round,
        byte[] answers,
        byte[] state,
        CancellationToken stopping
    )
    {
        var (exchange, bridge) = (round.Exchange, round.Bridge);
        var seat = exchange.Seat ?? throw new InvalidOperationException("No seat.");
        var next = Frame.Parse(exchange.Request.Utf8.Span);
        bridge.Prepare(next);
        exchange.Address(next);
        Members.Add(next, next.Body, (byte[])[.. "\"inputResponses\":"u8, .. answers, .. ","u8]);
        if (state.Length > 0)
        {
            Members.Add(next, next.Body, (byte[])[.. "\"requestState\":"u8, .. state, .. ","u8]);
        }

        var call = flow.LaneOf(seat) is { } lane
            ? await OpenInTurnAsync(lane, exchange, seat, next, stopping)
            : await OpenAsync(exchange, seat, next, stopping);
        if (exchange.Call is { } last && !ReferenceEquals(last.Request, exchange.Request))
        {
            last.Dispose();
        }

        exchange.Begin(call);
        return call;
    }

    // The last call's turn ended with its response.
    private async ValueTask<Call> OpenInTurnAsync(
        Lane lane,
        Exchange exchange,
        Seat seat,
        Frame next,
        CancellationToken stopping
    )
    {
        await flow.EnterAgainAsync(lane, exchange, seat.Route, stopping);
        Call? call = null;
        try
        {
            return call = await OpenAsync(exchange, seat, next, stopping);
        }
        finally
        {
            FlowControl.Leave(lane, exchange, call);
        }
    }

    private async ValueTask<Call> OpenAsync(
        Exchange exchange,
        Seat seat,
        Frame next,
        CancellationToken stopping
    )
    {
        var connection = router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, stopping);
        return await connection.OpenAsync(next, exchange.Envelope, stopping)
            ?? throw new InstanceGoneException($"{connection.Instance} was told to stop.");
    }

    private static Dictionary<string, byte[]> RequestsFor(Exchange exchange, Frame response)
    {
        if (exchange is not { Session.Target: Target.Several, Seat: { } seat })
        {
            return Requests(response);
        }

        using var mapped = Outward.Anew(seat.Server, response);
        return Requests(mapped);
    }

    private static byte[] State(Frame response) =>
        FrameText.Member(response[response.Body], "requestState"u8).ToArray();

    private static Dictionary<string, byte[]> Requests(Frame response)
    {
        var requests = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var text = FrameText.Member(response[response.Body], "inputRequests"u8);
        var json = FrameText.Reader(text);
        if (text.IsEmpty || !json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            return requests;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var key = FrameText.String(in json) ?? "";
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            requests[key] = text[start..(int)json.BytesConsumed].ToArray();
        }

        return requests;
    }
}

/// <summary>One time that a server needs input within one request.</summary>
internal readonly record struct Round(Exchange Exchange, ToModern Bridge, int Number);
