using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;

namespace Gantry.Bench.Load;

/// <summary>
/// The client's side of one session over one connection: calls the tool <c>echo</c> again and
/// again, and looks at every answer.
/// </summary>
internal sealed partial class Conversation : IDisposable
{
    private const string Initialize = """
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
        """;
    private const string Initialized = """
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        """;
    private const int MaxDigits = 19;

    // The id stands first so that request and answer are found by the same text.
    private static readonly byte[] s_open = "{\"jsonrpc\":\"2.0\",\"id\":"u8.ToArray();
    private static readonly byte[] s_middle =
        ",\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"arguments\":{\"text\":\"hello "u8.ToArray();
    private static readonly byte[] s_close = "\"}}}"u8.ToArray();

    private readonly HttpSocket _http;
    private readonly Target _target;
    private readonly byte[] _request;
    private readonly int _lengthAt;
    private readonly int _bodyAt;

    public Conversation(Target target, string? session)
    {
        _target = target;
        Session = session;
        _http = new(target.Port);
        var head = Head("POST", length: "0000");
        _request = new byte[head.Length + 512];
        Encoding.ASCII.GetBytes(head, _request);
        _lengthAt = head.IndexOf("0000", StringComparison.Ordinal);
        _bodyAt = head.Length;
    }

    public string? Session { get; private set; }

    [GeneratedRegex(@"^mcp-session-id:\s*(\S+)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex SessionHeader { get; }

    /// <summary>Shakes hands over a connection of its own.</summary>
    /// <returns>The session; null when the gateway has none.</returns>
    public static string? Open(Target target)
    {
        using var conversation = new Conversation(target, null);
        conversation.Begin();
        return conversation.Session;
    }

    /// <summary>One call, and whether the answer was the right one.</summary>
    public bool Call(long id)
    {
        _http.Send(Write(id));
        var body = _http.Receive();
        return _http.Status == 200 && (_target.AnswersConstant || IsAnswer(body, id));
    }

    /// <summary>Says goodbye, so that the next cell finds no sessions of this one.</summary>
    public void End()
    {
        if (Session is not null)
        {
            _http.Send(Encoding.ASCII.GetBytes(Head("DELETE", "0")));
            _http.Receive();
        }
    }

    public void Dispose() => _http.Dispose();

    private void Begin()
    {
        _http.KeepsHead = true;
        Post(Initialize);
        Session = SessionHeader.Match(_http.Head) is { Success: true } match
            ? match.Groups[1].Value
            : null;
        Post(Initialized);
    }

    private void Post(string json)
    {
        _http.Send(Encoding.ASCII.GetBytes(Head("POST", $"{json.Length}") + json));
        _http.Receive();
        if (_http.Status is not (200 or 202))
        {
            throw new InvalidDataException($"{_target.Path} answered {_http.Status} to {json}");
        }
    }

    private string Head(string method, string length) =>
        $"{method} {_target.Path} HTTP/1.1\r\n"
        + $"Host: 127.0.0.1:{_target.Port}\r\n"
        + "Accept: application/json, text/event-stream\r\n"
        + "Content-Type: application/json\r\n"
        + (Session is null ? "" : $"Mcp-Session-Id: {Session}\r\n")
        + (Session is null ? "" : "MCP-Protocol-Version: 2025-06-18\r\n")
        + $"Content-Length: {length}\r\n\r\n";

    private ReadOnlySpan<byte> Write(long id)
    {
        var at = _bodyAt;
        Append(s_open, ref at);
        Append(id, ref at);
        Append(s_middle, ref at);
        Append(id, ref at);
        Append(s_close, ref at);
        Utf8Formatter.TryFormat(at - _bodyAt, _request.AsSpan(_lengthAt), out _, new('D', 4));
        return _request.AsSpan(0, at);
    }

    private void Append(ReadOnlySpan<byte> bytes, ref int at)
    {
        bytes.CopyTo(_request.AsSpan(at));
        at += bytes.Length;
    }

    private void Append(long number, ref int at)
    {
        Utf8Formatter.TryFormat(number, _request.AsSpan(at), out var written);
        at += written;
    }

    // In JSON as in an event, the bytes are there or they are not; the digits must end where they
    // should, or 12 would pass for 123.
    private static bool IsAnswer(ReadOnlySpan<byte> body, long id)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(id, digits, out var length);
        return Follows(body, "\"id\":"u8, digits[..length], ",}"u8)
            && Follows(body, "hello "u8, digits[..length], "\"\\"u8);
    }

    private static bool Follows(
        ReadOnlySpan<byte> body,
        ReadOnlySpan<byte> mark,
        ReadOnlySpan<byte> digits,
        ReadOnlySpan<byte> ends
    )
    {
        while (body.IndexOf(mark) is var at and >= 0)
        {
            body = body[(at + mark.Length)..].TrimStart((byte)' ');
            if (
                body.StartsWith(digits)
                && body.Length > digits.Length
                && ends.Contains(body[digits.Length])
            )
            {
                return true;
            }
        }

        return false;
    }
}

/// <param name="AnswersConstant">Whether it gives the same answer to everything, so that only the
/// status can be checked.</param>
internal sealed record Target(int Port, string Path, bool AnswersConstant = false);
