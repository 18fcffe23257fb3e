using System.Buffers;
using System.Text;
using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>The headers that say what a request is about, so that whoever stands in between need
/// not read its body (2026-07-28, basic/transports).</summary>
internal static class ProtocolHeaders
{
    public const string Revision = "MCP-Protocol-Version";
    public const string Session = "Mcp-Session-Id";
    public const string LastEvent = "Last-Event-ID";

    private const string Prefix = "=?base64?";
    private const string Suffix = "?=";

    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code))
    );

    /// <summary>Those of a request that stands alone.</summary>
    public static List<KeyValuePair<string, string>> Of(
        Frame request,
        string revision,
        IEnumerable<KeyValuePair<string, string>> parameters
    )
    {
        var headers = new List<KeyValuePair<string, string>>
        {
            new(Revision, revision),
            new("Mcp-Method", Encoding.ASCII.GetString(request[request.Method][1..^1])),
        };
        if (NameOf(request) is { } name)
        {
            headers.Add(new("Mcp-Name", Encode(name)));
        }

        headers.AddRange(parameters);
        return headers;
    }

    /// <summary>A text as the value of a header: as it is where it can be, in Base64 where it
    /// cannot.</summary>
    public static string Encode(string text)
    {
        var isPlain =
            text.Length > 0
            && !text.AsSpan().ContainsAnyExcept(s_plain)
            && text[0] != ' '
            && text[^1] != ' '
            && !(
                text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                && text.EndsWith(Suffix, StringComparison.Ordinal)
            );
        return isPlain
            ? text
            : $"{Prefix}{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}{Suffix}";
    }

    private static string? NameOf(Frame request) =>
        request.IsMethod("tools/call"u8) || request.IsMethod("prompts/get"u8)
            ? Text(request.Written(request.Name))
        : request.IsMethod("resources/read"u8) ? Text(request.Written(request.Uri))
        : request[request.Method].StartsWith("\"tasks/"u8) ? TaskOf(request)
        : null;

    private static string? TaskOf(Frame request)
    {
        var id = JsonPart.Member(request[request.Body], "taskId"u8);
        return request.Utf8.Span.Overlaps(id, out var start)
            ? Text(request.Written(new(start, id.Length)))
            : null;
    }

    internal static string? Text(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] != '"')
        {
            return null;
        }

        var json = new Utf8JsonReader(value);
        json.Read();
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but no text.
            return null;
        }
    }
}
