using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Telemetry;
using Gantry.Wire;

namespace Gantry.Gateway.Replicas;

/// <summary>
/// Passes on requests that came as messages of a stream: each as the HTTP request with which its
/// client would have come to the other replica, whose answer goes back on the stream.
/// </summary>
internal sealed partial class Detours(
    Peers peers,
    Forwarding forwarding,
    GatewayMeter meter,
    ILogger<Detours> logger
)
{
    /// <summary>How the request reaches the other replica that has what it goes on with; null when
    /// there is none.</summary>
    /// <param name="context">What the message came with, which is read now and not kept.</param>
    // Also when another replica passed the message on: that was to where the stream is, and this
    // is to where the call is. From there it goes no further.
    public Detour? Find(HttpContext context, Target target, Frame request) =>
        !forwarding.IsAlone
        && !request.ProtocolVersion.IsEmpty
        && Keepsakes.NameIn(request) is { } name
        && peers.HolderOf(name) is { } holder
            ? new(holder, NewRequest(context, holder, target, request))
            : null;

    /// <summary>Lets the other replica answer. False when it does not: nothing was written then.
    /// </summary>
    /// <param name="write">Writes one message to the client.</param>
    public async Task<bool> TryAsync(
        Detour detour,
        Frame request,
        Func<ReadOnlyMemory<byte>, ValueTask> write,
        CancellationToken gone
    )
    {
        using var response = await forwarding.SendAsync(detour.Request, detour.Holder, gone);
        if (response is null)
        {
            return gone.IsCancellationRequested;
        }

        try
        {
            await PassAsync(response, request, write, gone);
            meter.Forwarded("answered");
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // To leave it is to cancel there.
            meter.Forwarded("answered");
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            meter.Forwarded("broken");
            LogBroken(detour.Holder.Url, exception.Message);
            await write(Broken(request));
        }

        return true;
    }

    private HttpRequestMessage NewRequest(
        HttpContext context,
        Replica holder,
        Target target,
        Frame request
    )
    {
        var url = Forwarding.UrlOf(holder, new Address(target, Transport.Streamable), query: "");
        // A copy: what is sent may be looked at a little longer than somebody waits for it.
        var body = request.Utf8.ToArray();
        var made = forwarding.NewRequest(context.Request, HttpMethod.Post, url, body);
        PassedHeaders.MakePost(made, RequestHeaders.Of(request));
        return made;
    }

    private static async Task PassAsync(
        HttpResponseMessage response,
        Frame request,
        Func<ReadOnlyMemory<byte>, ValueTask> write,
        CancellationToken gone
    )
    {
        var isAnswered = false;
        await foreach (var message in ReadAsync(response, gone))
        {
            isAnswered = FrameText.Member(message, "method"u8).IsEmpty;
            await write(isAnswered ? Addressed(message, request) : message);
        }

        if (!isAnswered)
        {
            throw new IOException("It ended before the answer.");
        }
    }

    // As long as what its own servers may say, and it has our secret.
    private static async IAsyncEnumerable<byte[]> ReadAsync(
        HttpResponseMessage response,
        [EnumeratorCancellation] CancellationToken gone
    )
    {
        if (response.Content.Headers.ContentType?.MediaType is not "text/event-stream")
        {
            yield return await response.Content.ReadAsByteArrayAsync(gone);
            yield break;
        }

        await using var body = await response.Content.ReadAsStreamAsync(gone);
        var events = SseParser.Create(body, static (_, data) => data.ToArray());
        await foreach (var one in events.EnumerateAsync(gone))
        {
            yield return one.Data;
        }
    }

    // A front door that refuses has not read which request it is.
    private static byte[] Addressed(byte[] answer, Frame request)
    {
        var error = FrameText.Member(answer, "error"u8);
        if (error.IsEmpty && FrameText.Member(answer, "result"u8).IsEmpty)
        {
            throw new IOException("What it said is no answer.");
        }

        return FrameText.Member(answer, "id"u8).SequenceEqual("null"u8)
            ? RpcText.Error(request[request.Id], error)
            : answer;
    }

    private static byte[] Broken(Frame request) =>
        RpcText.Error(
            request[request.Id],
            RpcText.InternalError,
            "The gateway that has this call broke off in its answer. Begin the call anew."
        );

    [LoggerMessage(LogLevel.Information, "Replica {Url} broke off in an answer: {Why}")]
    private partial void LogBroken(Uri url, string why);
}

/// <summary>The way of one request to another replica.</summary>
internal sealed record Detour(Replica Holder, HttpRequestMessage Request);
