using System.Text;
using System.Text.Json;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// What a message without a session must say of itself, in its headers as in its body: those on
/// the way decide by the headers, so both must agree (2026-07-28, basic/transports).
/// </summary>
internal static class RequestHeaders
{
    public const string Method = "Mcp-Method";
    public const string Name = "Mcp-Name";
    public const string Parameter = "Mcp-Param-";

    /// <summary>Null when all is well.</summary>
    public static Rejection? Check(IHeaderDictionary headers, Frame message)
    {
        if (message.Kind is FrameKind.Response)
        {
            return new(RpcText.InvalidRequest, "A client without a session answers nothing.");
        }

        var version = headers[HttpText.VersionHeader].ToString();
        return CheckVersion(version, message)
            ?? CheckMethod(headers[Method].ToString(), message)
            ?? CheckName(headers[Name].ToString(), message);
    }

    /// <summary>What the headers of a request that came without any would have said, and what its
    /// sender takes.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(Frame request)
    {
        yield return new("Accept", "application/json, text/event-stream");
        yield return new(HttpText.VersionHeader, request.Text(request.ProtocolVersion) ?? "");
        yield return new(Method, request.Text(request.Method) ?? "");
        if (FrameText.Text(NameOf(request)) is { } name)
        {
            yield return new(Name, HeaderText.Encode(name));
        }
    }

    private static Rejection? CheckVersion(string header, Frame message)
    {
        if (header.Length == 0)
        {
            return Mismatch("The header 'MCP-Protocol-Version' is missing.");
        }

        if (message.Kind is FrameKind.Notification && message.ProtocolVersion.IsEmpty)
        {
            return IsSpoken(header) ? null : Unsupported(header);
        }

        if (message.ProtocolVersion.IsEmpty)
        {
            return Missing("io.modelcontextprotocol/protocolVersion");
        }

        if (!IsEqual(message[message.ProtocolVersion], header))
        {
            return Mismatch(
                "The header 'MCP-Protocol-Version' and '_meta' name different revisions."
            );
        }

        return CheckMessage(message);
    }

    /// <summary>The part of it that stands in the message, for transports without headers.</summary>
    public static Rejection? CheckMessage(Frame message)
    {
        var revision = FrameText.Text(message[message.ProtocolVersion]) ?? "";
        if (!IsSpoken(revision))
        {
            return Unsupported(revision);
        }

        return message[message.ClientCapabilities] is [(byte)'{', ..]
            ? null
            : Missing("io.modelcontextprotocol/clientCapabilities");
    }

    private static Rejection? CheckMethod(string header, Frame message) =>
        IsEqual(message[message.Method], header)
            ? null
            : Mismatch($"The header '{Method}' is not the method of the request.");

    private static Rejection? CheckName(string header, Frame message)
    {
        var name = NameOf(message);
        if (name.IsEmpty)
        {
            return null;
        }

        var isEqual =
            IsEqual(name, header)
            || (
                HeaderText.Decode(header) is { } said
                && FrameText.Text(name) is { } meant
                && said == meant
            );
        return isEqual ? null : Mismatch($"The header '{Name}' is not what the request is about.");
    }

    private static ReadOnlySpan<byte> NameOf(Frame message)
    {
        if (message.IsMethod("tools/call"u8) || message.IsMethod("prompts/get"u8))
        {
            return message[message.Name];
        }

        if (message.IsMethod("resources/read"u8))
        {
            return message[message.Uri];
        }

        return message[message.Method].StartsWith("\"tasks/"u8)
            ? FrameText.Member(message[message.Body], "taskId"u8)
            : default;
    }

    // The usual case: plain letters that are the same in both.
    private static bool IsEqual(ReadOnlySpan<byte> json, string header) =>
        json.Length == header.Length + 2
        && json[0] == (byte)'"'
        && !json.Contains((byte)'\\')
        && !header.StartsWith(HeaderText.Start, StringComparison.Ordinal)
        && Ascii.Equals(json[1..^1], header);

    private static bool IsSpoken(string revision) =>
        Dialect.Find(revision) is { HasSessions: false };

    private static Rejection Missing(string key) =>
        new(RpcText.InvalidParams, $"Invalid params: '_meta' has no usable '{key}'.");

    private static Rejection Mismatch(string message) => new(Errors.HeaderMismatch, message);

    /// <summary>Also for those who asked for a revision that nobody has heard of.</summary>
    public static Rejection Unsupported(string requested)
    {
        var supported = Dialect
            .All.Where(dialect => !dialect.HasSessions)
            .Select(dialect => $"\"{dialect.Revision}\"");
        return new(
            Errors.UnsupportedProtocolVersion,
            "Bad Request: Unsupported protocol version (supported versions: "
                + string.Join(", ", Dialect.All.Select(dialect => dialect.Revision))
                + ")"
        )
        {
            Details = Encoding.UTF8.GetBytes(
                $$"""{"supported":[{{string.Join(
                    ',',
                    supported
                )}}],"requested":"{{JsonEncodedText.Encode(requested)}}"}"""
            ),
        };
    }
}

/// <summary>Why a message is not taken.</summary>
internal sealed record Rejection(int Code, string Message)
{
    /// <summary>The error's <c>data</c> as JSON text; mostly none.</summary>
    public byte[] Details { get; init; } = [];
}
