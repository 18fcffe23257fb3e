using System.Buffers.Text;
using System.Text;

namespace Gantry.Bench.Load;

/// <summary>Where calls go, in which era, and what is asked there.</summary>
internal sealed record Target(int Port, string Path)
{
    public Era Era { get; init; } = Era.Legacy;

    /// <summary>What opens the door; null where nobody asks.</summary>
    public string? Key { get; init; }

    public Question Question { get; init; } = Question.Echo;
}

/// <summary>How client and gateway talk.</summary>
internal enum Era
{
    /// <summary>Without any handshake: there is no protocol, only HTTP.</summary>
    None,

    /// <summary>After <c>initialize</c>, in a session where there is one.</summary>
    Legacy,

    /// <summary>Each request for itself (2026-07-28).</summary>
    Modern,
}

/// <param name="answer">The body.</param>
/// <param name="digits">The id of the request.</param>
internal delegate bool Check(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> digits);

/// <summary>A request that is made again and again, each time with another id.</summary>
/// <param name="Parameters">Members of the params; <c>#</c> stands for the id.</param>
/// <param name="IsAnswer">Whether the answer is the right one.</param>
internal sealed record Question(string Method, string? Tool, string Parameters, Check IsAnswer)
{
    /// <summary>How large the text of a large answer is.</summary>
    public const int LargeSize = 1024 * 1024;

    public const int ManyTools = 527;

    /// <summary>How large an answer may be, with its head.</summary>
    public int MostAnswer { get; init; } = 256 * 1024;

    public static Question Echo { get; } =
        new(
            "tools/call",
            "echo",
            """
            "name":"echo","arguments":{"text":"hello #"}
            """,
            IsEcho
        );

    /// <summary>Asked of one that gives the same answer to everything.</summary>
    public static Question Constant { get; } = Echo with { IsAnswer = (_, _) => true };

    public static Question Large { get; } =
        new(
            "tools/call",
            "big",
            string.Create(null, $"\"name\":\"big\",\"arguments\":{{\"bytes\":{LargeSize}}}"),
            IsLarge
        )
        {
            MostAnswer = 2 * LargeSize,
        };

    public static Question List { get; } =
        new("tools/list", null, "", IsList) { MostAnswer = 2 * LargeSize };

    private static bool IsEcho(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> digits) =>
        HasId(answer, digits) && Follows(answer, "hello "u8, digits, "\"\\"u8);

    // Of a large text it is enough to know that nothing is missing: to look at each byte would cost
    // more than to send it.
    private static bool IsLarge(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> digits) =>
        HasId(answer[..Math.Min(answer.Length, 256)], digits)
        && answer.Length is > LargeSize and < LargeSize + 4096
        && answer[(LargeSize / 2)..].StartsWith("xxxx"u8);

    private static bool IsList(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> digits) =>
        HasId(answer, digits) && answer.Count("\"inputSchema\""u8) == ManyTools;

    private static bool HasId(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> digits) =>
        Follows(answer, "\"id\":"u8, digits, ",}"u8);

    // In JSON as in an event, the bytes are there or they are not; the digits must end where they
    // should, or 12 would pass for 123.
    private static bool Follows(
        ReadOnlySpan<byte> answer,
        ReadOnlySpan<byte> mark,
        ReadOnlySpan<byte> digits,
        ReadOnlySpan<byte> ends
    )
    {
        while (answer.IndexOf(mark) is var at and >= 0)
        {
            answer = answer[(at + mark.Length)..].TrimStart((byte)' ');
            if (
                answer.StartsWith(digits)
                && answer.Length > digits.Length
                && ends.Contains(answer[digits.Length])
            )
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The bytes of a question's request, written anew for each id without an allocation.</summary>
internal sealed class RequestText
{
    private const int MaxDigits = 19;
    private const string Placeholder = "0000";
    private const string Meta =
        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        + "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"bench\",\"version\":\"1\"},"
        + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    private static readonly byte[] s_open = "{\"jsonrpc\":\"2.0\",\"id\":"u8.ToArray();

    private readonly byte[] _request;
    private readonly byte[][] _parts;
    private readonly int _lengthAt;
    private readonly int _bodyAt;

    /// <param name="head">Makes the HTTP head for a body of that length, given as text.</param>
    public RequestText(Question question, Era era, Func<string, string> head)
    {
        var headText = head(Placeholder);
        _lengthAt = headText.IndexOf(
            $"Content-Length: {Placeholder}",
            StringComparison.OrdinalIgnoreCase
        );
        _lengthAt += "Content-Length: ".Length;
        _bodyAt = headText.Length;
        string[] members = era is Era.Modern ? [question.Parameters, Meta] : [question.Parameters];
        var parameters = string.Join(',', members.Where(member => member.Length > 0));
        var rest = $",\"method\":\"{question.Method}\",\"params\":{{{parameters}}}}}";
        _parts = [.. rest.Split('#').Select(Encoding.UTF8.GetBytes)];
        _request = new byte[_bodyAt + s_open.Length + rest.Length + (_parts.Length * MaxDigits)];
        Encoding.ASCII.GetBytes(headText, _request);
    }

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Write(ReadOnlySpan<byte> digits)
    {
        var at = _bodyAt;
        Append(s_open, ref at);
        foreach (var part in _parts)
        {
            Append(digits, ref at);
            Append(part, ref at);
        }

        Utf8Formatter.TryFormat(at - _bodyAt, _request.AsSpan(_lengthAt), out _, new('D', 4));
        return _request.AsSpan(0, at);
    }

    private void Append(ReadOnlySpan<byte> bytes, ref int at)
    {
        bytes.CopyTo(_request.AsSpan(at));
        at += bytes.Length;
    }
}
