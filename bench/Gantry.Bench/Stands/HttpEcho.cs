using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Gantry.Bench.Load;
using Gantry.TestServer;
using Microsoft.AspNetCore.Http;

namespace Gantry.Bench.Stands;

/// <summary>
/// An MCP server on a bare web server, without sessions: echoes, and under each of many addresses
/// has some of many tools.
/// </summary>
internal static class HttpEcho
{
    public const string Name = "http-echo";
    public const int Servers = 70;

    private static readonly byte[][] s_lists = [.. Enumerable.Range(0, Servers).Select(List)];

    public static string Address(int port, int server = 0) =>
        string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{Path(server)}");

    public static string Path(int server = 0) =>
        string.Create(CultureInfo.InvariantCulture, $"/servers/{server}");

    public static Task RunAsync(string port, CancellationToken cancellationToken) =>
        BareKestrel.ServeAsync(port, ServeAsync, cancellationToken);

    private static async Task ServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var body = context.Request.BodyReader;
        ReadResult read;
        while (!(read = await body.ReadAsync(context.RequestAborted)).IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        Answer(
            context,
            read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : read.Buffer.ToArray()
        );
        body.AdvanceTo(read.Buffer.End);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void Answer(HttpContext context, ReadOnlySpan<byte> request)
    {
        if (QuickCall.TryParse(request, out var call) && !call.Text.IsEmpty)
        {
            WriteEcho(context.Response, call);
            return;
        }

        using var message = JsonDocument.Parse(request.ToArray());
        if (message.RootElement.TryGetProperty("id", out var id))
        {
            var method = message.RootElement.GetProperty("method").GetString();
            Write(
                context.Response,
                Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":{id.GetRawText()},"),
                Other(method, context.Request.Path)
            );
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }

    private static void WriteEcho(HttpResponse response, in QuickCall call)
    {
        var open = "{\"jsonrpc\":\"2.0\",\"id\":"u8;
        var middle = ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":"u8;
        var close = "}]}}"u8;
        response.ContentType = "application/json";
        response.ContentLength =
            open.Length + call.Id.Length + middle.Length + call.Text.Length + close.Length;
        response.BodyWriter.Write(open);
        response.BodyWriter.Write(call.Id);
        response.BodyWriter.Write(middle);
        response.BodyWriter.Write(call.Text);
        response.BodyWriter.Write(close);
    }

    private static void Write(HttpResponse response, byte[] open, ReadOnlySpan<byte> rest)
    {
        response.ContentType = "application/json";
        response.ContentLength = open.Length + rest.Length;
        response.BodyWriter.Write(open);
        response.BodyWriter.Write(rest);
    }

    private static ReadOnlySpan<byte> Other(string? method, PathString path) =>
        method switch
        {
            "initialize" =>
                """
                "result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bench","version":"1"}}}
                """u8,
            "ping" => "\"result\":{}}"u8,
            "tools/list" => s_lists[
                int.Parse(path.Value.AsSpan("/servers/".Length), CultureInfo.InvariantCulture)
            ],
            _ =>
                """
                "error":{"code":-32601,"message":"Method not found"}}
                """u8,
        };

    private static byte[] List(int server)
    {
        var tools = Enumerable
            .Range(0, Question.ManyTools)
            .Where(tool => tool % Servers == server)
            .Select(Tool);
        return Encoding.UTF8.GetBytes($"\"result\":{{\"tools\":[{string.Join(',', tools)}]}}}}");
    }

    // About a kilobyte, as tools are.
    private static string Tool(int number)
    {
        var properties = string.Join(
            ',',
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    $$"""
                        "argument_{{i}}":{"type":"string","description":"What argument {{i}} of tool {{number}} is for, in a sentence."}
                        """
                )
        );
        return $$$"""{"name":"tool_{{{number}}}","title":"Tool {{{number}}}","description":"Does what tool {{{number}}} does, and says so at some length.","inputSchema":{"type":"object","properties":{{{{properties}}}}},"annotations":{"readOnlyHint":true}}""";
    }
}
