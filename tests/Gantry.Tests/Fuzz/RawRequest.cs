using System.Globalization;
using System.Text;

namespace Gantry.Fuzz;

/// <summary>HTTP requests of chance, in form but for what they say.</summary>
internal static class RawRequest
{
    private static readonly string[] s_methods =
    [
        "GET",
        "DELETE",
        "PUT",
        "PATCH",
        "OPTIONS",
        "BREW",
    ];

    private static readonly string[] s_paths =
    [
        "/mcp/echo",
        "/mcp/echo/",
        "/mcp",
        "/mcp/alone",
        "/mcp/newer",
        "/mcp/nothing",
        "/mcp/g/nothing",
        "/mcp/echo/sse",
        "/mcp/echo/message",
        "/mcp/echo/message?sessionId=x",
        "/mcp/echo/message?sessionId=%ff",
        "/mcp/echo/ws",
        "/mcp/echo/%2e/x",
        "/mcp/echo%2fsse",
        "/mcp/%C3%A9",
    ];

    public static byte[] Make(Random dice, string session)
    {
        var body = Body(dice);
        var isChunked = dice.Next(6) == 0;
        var method = dice.Next(6) == 0 ? Pieces.Pick(dice, s_methods) : "POST";
        var path = dice.Next(3) == 0 ? Pieces.Pick(dice, s_paths) : "/mcp/echo";
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\n")
            .Append("Host: 127.0.0.1\r\n");
        foreach (var header in Headers(dice, session))
        {
            head.Append(header).Append("\r\n");
        }

        head.Append(
            isChunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {body.Length}\r\n"
        );
        return
        [
            .. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()),
            .. isChunked ? Chunked(body, dice) : body,
        ];
    }

    private static byte[] Body(Random dice)
    {
        var text = dice.Next(8) switch
        {
            0 => $"[{Pieces.Message(dice)},{Pieces.Message(dice)}]",
            1 => Pieces.Value(dice, 4),
            _ => Pieces.Message(dice),
        };
        return dice.Next(3) == 0
            ? Damage.Once(Encoding.UTF8.GetBytes(text), dice)
            : Encoding.UTF8.GetBytes(text);
    }

    private static IEnumerable<string> Headers(Random dice, string session)
    {
        yield return $"Content-Type: {Mostly(dice, "application/json", "text/plain", "application/json;charset=x", "/")}";
        yield return $"Accept: {Mostly(dice, "application/json, text/event-stream", "application/json", "text/event-stream", "text/html", "*/*", ";;")}";
        if (dice.Next(2) == 0)
        {
            yield return $"Mcp-Session-Id: {Mostly(dice, session, "nobody", "\"", "1 2")}";
        }

        if (dice.Next(2) == 0)
        {
            yield return $"MCP-Protocol-Version: {Mostly(dice, "2026-07-28", "2025-11-25", "2025-03-26", "2099-01-01", "x")}";
        }

        if (dice.Next(3) == 0)
        {
            yield return $"Mcp-Method: {Mostly(dice, "tools/call", "tools/list", "ping", "")}";
            yield return $"Mcp-Name: {Mostly(dice, "t", "=?base64?dA==?=", "=?base64?!?=", "")}";
            yield return $"Mcp-Param-X: {Mostly(dice, "1", "=?base64?/w==?=", "")}";
        }

        if (dice.Next(10) == 0)
        {
            yield return $"Last-Event-ID: {Mostly(dice, "1-1", "x", "99999999999-1", "-", "1-")}";
        }

        if (dice.Next(20) == 0)
        {
            yield return $"Authorization: {Mostly(dice, "Bearer x", "Basic !", "Bearer", "x")}";
        }
    }

    private static string Mostly(Random dice, string usual, params ReadOnlySpan<string> others) =>
        dice.Next(4) > 0 ? usual : Pieces.Pick(dice, others);

    private static byte[] Chunked(byte[] body, Random dice)
    {
        var chunks = new List<byte>();
        for (var at = 0; at < body.Length; )
        {
            var length = Math.Min(body.Length - at, dice.Next(1, 40));
            chunks.AddRange(Encoding.ASCII.GetBytes($"{length:x}\r\n"));
            chunks.AddRange(body.AsSpan(at, length));
            chunks.AddRange("\r\n"u8);
            at += length;
        }

        chunks.AddRange("0\r\n\r\n"u8);
        return [.. chunks];
    }
}
