using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Unicode;
using Gantry.Access;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gantry.Gateway.Http;

/// <summary>The forms in which answers go out over HTTP.</summary>
internal static class HttpText
{
    public const string SessionHeader = "Mcp-Session-Id";
    public const string VersionHeader = "MCP-Protocol-Version";

    /// <summary>How much is given to the listener at a time. What a client does not take of it
    /// within a few seconds costs it the connection; so a long answer goes in pieces, each of which
    /// has that time.</summary>
    public const int MaxAtOnce = 64 * 1024;

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
    public static Task RefuseAsync(HttpResponse response, Access.Refusal refusal)
    {
        refusal.Apply(response);
        return RefuseAsync(response, refusal.Status, RpcText.ServerError, refusal.Detail);
    }

    public static async Task WriteJsonAsync(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.Headers.ContentType = JsonType;
        response.ContentLength = json.Length;
        await response.StartAsync(CancellationToken.None);
        await WriteAsync(response.BodyWriter, json);
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
        await WriteAsync(response.BodyWriter, exchange, frame);
    }

    public static Task BeginEventsAsync(HttpResponse response)
    {
        response.Headers.ContentType = EventStreamType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.StartAsync(CancellationToken.None);
    }

    /// <summary>For a response that its own transport watches over: a client may take as long for
    /// a piece of it as that transport says.</summary>
    public static void AllowSlowReader(HttpContext context) =>
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;

    /// <summary>Whether a body is said to be JSON.</summary>
    public static bool IsJson(string contentType) =>
        contentType is JsonType
        || (
            contentType.StartsWith(JsonType, StringComparison.OrdinalIgnoreCase)
            && contentType.AsSpan(JsonType.Length).TrimStart() is [] or [';', ..]
        );

    /// <param name="allowed">The verbs that are.</param>
    public static Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return RefuseAsync(
            context.Response,
            StatusCodes.Status405MethodNotAllowed,
            RpcText.ServerError,
            "Method not allowed."
        );
    }

    /// <summary>Where to send messages to (2024-11-05, basic/transports).</summary>
    public static void WriteEndpoint(PipeWriter output, string endpoint)
    {
        output.Write("event: endpoint\ndata: "u8);
        output.Write(Encoding.UTF8.GetBytes(endpoint));
        output.Write(EventEnd);
    }

    /// <summary>A message of any length.</summary>
    public static async ValueTask WriteEventAsync(PipeWriter output, ReadOnlyMemory<byte> message)
    {
        output.Write(EventStart);
        await WriteAsync(output, message);
        output.Write(EventEnd);
    }

    public static void WriteEvent(PipeWriter output, ReadOnlySpan<byte> message)
    {
        output.Write(EventStart);
        output.Write(message);
        output.Write(EventEnd);
    }

    /// <summary>A frame of a call, as its client shall read it.</summary>
    public static async ValueTask WriteEventAsync(PipeWriter output, Exchange exchange, Frame frame)
    {
        output.Write(EventStart);
        await WriteAsync(output, exchange, frame);
        output.Write(EventEnd);
    }

    /// <summary>Begins an event that a client may name later, to get what came after it.</summary>
    public static void WriteId(PipeWriter output, int stream, int number)
    {
        Span<byte> text = stackalloc byte[32];
        Utf8.TryWrite(
            text,
            CultureInfo.InvariantCulture,
            $"id: {stream}-{number}\n",
            out var length
        );
        output.Write(text[..length]);
    }

    /// <summary>An event without a message, which tells a client that the stream can be resumed,
    /// and how soon.</summary>
    public static void WritePriming(PipeWriter output, int stream, int number)
    {
        WriteId(output, stream, number);
        output.Write("retry: 1000\ndata: \n\n"u8);
    }

    public static void WriteKeepAlive(PipeWriter output) => output.Write(": keep-alive\n\n"u8);

    private static async ValueTask WriteAsync(PipeWriter output, Exchange exchange, Frame frame)
    {
        if (frame.Length <= MaxAtOnce)
        {
            exchange.Write(output, frame);
            return;
        }

        foreach (var part in exchange.Parts(frame))
        {
            await WritePiecesAsync(output, part);
        }

        await output.FlushAsync(CancellationToken.None);
    }

    private static async ValueTask WriteAsync(PipeWriter output, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= MaxAtOnce)
        {
            output.Write(bytes.Span);
            return;
        }

        await WritePiecesAsync(output, bytes);
        await output.FlushAsync(CancellationToken.None);
    }

    // The last piece is left to the caller's flush. It needs one: at its end, a response with a
    // Content-Length is flushed only if nothing of it was before.
    private static async ValueTask WritePiecesAsync(PipeWriter output, ReadOnlyMemory<byte> bytes)
    {
        for (; bytes.Length > MaxAtOnce; bytes = bytes[MaxAtOnce..])
        {
            var flushed = await output.WriteAsync(bytes[..MaxAtOnce], CancellationToken.None);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                // Nobody reads any more.
                return;
            }
        }

        output.Write(bytes.Span);
    }
}
