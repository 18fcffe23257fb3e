using System.Buffers;
using System.IO.Pipelines;
using Gantry.Access;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>The forms in which answers go out over HTTP.</summary>
internal static class HttpText
{
    public const string SessionHeader = "Mcp-Session-Id";
    public const string VersionHeader = "MCP-Protocol-Version";

    private const string JsonType = "application/json";
    private const string EventStreamType = "text/event-stream";

    private static ReadOnlySpan<byte> EventStart => "event: message\ndata: "u8;

    private static ReadOnlySpan<byte> EventEnd => "\n\n"u8;

    /// <summary>A refusal, as a JSON-RPC error so that clients can show the reason.</summary>
    /// <param name="id">As JSON text; empty for null.</param>
    public static Task RefuseAsync(
        HttpResponse response,
        int status,
        int code,
        string message,
        ReadOnlySpan<byte> id = default
    )
    {
        response.StatusCode = status;
        return WriteJsonAsync(response, RpcText.Error(id, code, message));
    }

    /// <summary>What the front door objects.</summary>
    public static Task RefuseAsync(HttpResponse response, Refusal refusal)
    {
        refusal.Apply(response);
        return RefuseAsync(response, refusal.Status, RpcText.ServerError, refusal.Detail);
    }

    public static async Task WriteJsonAsync(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.Headers.ContentType = JsonType;
        response.ContentLength = json.Length;
        await response.StartAsync(CancellationToken.None);
        response.BodyWriter.Write(json.Span);
    }

    /// <summary>A response frame, as its client shall read it.</summary>
    // Started first: until then the body writer hands out memory that is copied again.
    public static async ValueTask WriteJsonAsync(
        HttpResponse response,
        Exchange exchange,
        Frame frame
    )
    {
        response.Headers.ContentType = JsonType;
        response.ContentLength = exchange.Measure(frame);
        await response.StartAsync(CancellationToken.None);
        exchange.Write(response.BodyWriter, frame);
    }

    public static Task BeginEventsAsync(HttpResponse response)
    {
        response.Headers.ContentType = EventStreamType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.StartAsync(CancellationToken.None);
    }

    public static void WriteEvent(PipeWriter output, ReadOnlySpan<byte> message)
    {
        output.Write(EventStart);
        output.Write(message);
        output.Write(EventEnd);
    }

    /// <summary>A frame of a call, as its client shall read it.</summary>
    public static void WriteEvent(PipeWriter output, Exchange exchange, Frame frame)
    {
        output.Write(EventStart);
        exchange.Write(output, frame);
        output.Write(EventEnd);
    }

    public static void WriteKeepAlive(PipeWriter output) => output.Write(": keep-alive\n\n"u8);
}
