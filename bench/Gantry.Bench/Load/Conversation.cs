using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;

namespace Gantry.Bench.Load;

/// <summary>
/// The client's side of one session over one connection: asks the same question again and again,
/// and looks at every answer.
/// </summary>
internal sealed partial class Conversation : IDisposable
{
    private const string Revision = "2025-06-18";
    private const string ModernRevision = "2026-07-28";
    private const string Initialize = """
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
        """;
    private const string Initialized = """
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        """;
    private const int MaxDigits = 19;

    private readonly HttpSocket _http;
    private readonly Target _target;
    private readonly RequestText _request;
    private readonly byte[] _digits = new byte[MaxDigits];

    public Conversation(Target target, string? session)
    {
        _target = target;
        Session = session;
        _http = new(target.Port, target.Question.MostAnswer);
        _request = new(
            target.Question,
            target.Era,
            length => Head("POST", length, ModernHeaders(target))
        );
    }

    public string? Session { get; private set; }

    [GeneratedRegex(@"^mcp-session-id:\s*(\S+)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex SessionHeader { get; }

    /// <summary>Shakes hands over a connection of its own.</summary>
    /// <returns>The session; null when the gateway has none.</returns>
    public static string? Open(Target target)
    {
        if (target.Era is not Era.Legacy)
        {
            return null;
        }

        using var conversation = new Conversation(target, null);
        conversation.Begin();
        return conversation.Session;
    }

    /// <summary>One call, and whether the answer was the right one.</summary>
    public bool Call(long id)
    {
        Utf8Formatter.TryFormat(id, _digits, out var length);
        var digits = _digits.AsSpan(0, length);
        _http.Send(_request.Write(digits));
        var body = _http.Receive();
        return _http.Status == 200 && _target.Question.IsAnswer(body, digits);
    }

    /// <summary>The text at another address of the same listener.</summary>
    public string Get(string path)
    {
        _http.Send(Encoding.ASCII.GetBytes(Head("GET", "0", "", path)));
        return Encoding.UTF8.GetString(_http.Receive());
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

    private string Head(string method, string length, string further = "", string? path = null) =>
        $"{method} {path ?? _target.Path} HTTP/1.1\r\n"
        + $"Host: 127.0.0.1:{_target.Port}\r\n"
        + "Accept: application/json, text/event-stream\r\n"
        + "Content-Type: application/json\r\n"
        + (_target.Key is null ? "" : $"Authorization: Bearer {_target.Key}\r\n")
        + (Session is null ? "" : $"Mcp-Session-Id: {Session}\r\n")
        + (Session is null ? "" : $"MCP-Protocol-Version: {Revision}\r\n")
        + further
        + $"Content-Length: {length}\r\n\r\n";

    private static string ModernHeaders(Target target) =>
        target.Era is not Era.Modern
            ? ""
            : $"MCP-Protocol-Version: {ModernRevision}\r\n"
                + $"Mcp-Method: {target.Question.Method}\r\n"
                + (target.Question.Tool is { } tool ? $"Mcp-Name: {tool}\r\n" : "");
}
