using System.Buffers;
using System.IO.Pipelines;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>The forms in which answers go out over HTTP.</summary>
internal static class HttpText
{
    public const string SessionHeader = "Mcp-Session-Id";
    public const string VersionHeader = "MCP-Protocol-Version";

    /// <summary>What is written at once. What a client does not take within a few seconds costs it
    /// the connection, so a long answer over a slow line needs its time piece by piece.</summary>
    private const int Piece = 64 * 1024;

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

    public static async Task WriteJsonAsync(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.Headers.ContentType = JsonType;
        response.ContentLength = json.Length;
        await response.StartAsync(CancellationToken.None);
        await WriteAsync(response.BodyWriter, json);
    }

    /// <summary>A response frame with the client's id in place of the connection's.</summary>
    // Started first: until then the body writer hands out memory that is copied again.
    public static async ValueTask WriteJsonAsync(HttpResponse response, Frame frame, Frame request)
    {
        response.Headers.ContentType = JsonType;
        response.ContentLength = FrameWriter.Measure(frame, request[request.Id]);
        await response.StartAsync(CancellationToken.None);
        await WriteAsync(response.BodyWriter, frame, request);
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

    /// <summary>A frame of a call, with the client's id and progress token.</summary>
    public static void WriteEvent(PipeWriter output, Frame frame, Frame request)
    {
        output.Write(EventStart);
        WriteFrame(output, frame, request);
        output.Write(EventEnd);
    }

    /// <summary>The response that ends a call, as an event.</summary>
    public static async ValueTask WriteLastEventAsync(
        PipeWriter output,
        Frame response,
        Frame request
    )
    {
        output.Write(EventStart);
        await WriteAsync(output, response, request);
        output.Write(EventEnd);
    }

    public static void WriteKeepAlive(PipeWriter output) => output.Write(": keep-alive\n\n"u8);

    private static async ValueTask WriteAsync(PipeWriter output, Frame response, Frame request)
    {
        if (response.Length <= Piece || response.Id.IsEmpty)
        {
            FrameWriter.Write(output, response, request[request.Id]);
            return;
        }

        await WriteAsync(output, response.Utf8[..response.Id.Start]);
        output.Write(request[request.Id]);
        await WriteAsync(output, response.Utf8[response.Id.End..]);
    }

    // The last piece goes out with the end of the response.
    private static async ValueTask WriteAsync(PipeWriter output, ReadOnlyMemory<byte> bytes)
    {
        for (; bytes.Length > Piece; bytes = bytes[Piece..])
        {
            var written = await output.WriteAsync(bytes[..Piece], CancellationToken.None);
            if (written.IsCompleted)
            {
                return;
            }
        }

        output.Write(bytes.Span);
    }

    // Other messages on the stream, such as the server's own requests, keep their values.
    private static void WriteFrame(PipeWriter output, Frame frame, Frame request)
    {
        if (frame.Kind is FrameKind.Response)
        {
            FrameWriter.Write(output, frame, request[request.Id]);
        }
        else if (frame.IsMethod("notifications/progress"u8))
        {
            FrameWriter.Write(output, frame, default, request[request.ProgressToken]);
        }
        else
        {
            output.Write(frame.Utf8.Span);
        }
    }
}
