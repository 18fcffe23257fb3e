using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gantry.Gateway.Messages;

/// <summary>The messages that Gantry writes itself.</summary>
internal static class RpcText
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int ResourceNotFound = -32002;
    public const int InternalError = -32603;

    /// <summary>What the legacy revisions use for everything between client and server.</summary>
    public const int ServerError = -32000;

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="id">As JSON text; empty for null.</param>
    /// <param name="retryAfter">In <c>data</c>, in seconds, as HTTP has it in a header.</param>
    public static byte[] Error(
        ReadOnlySpan<byte> id,
        int code,
        string message,
        TimeSpan? retryAfter
    ) =>
        Error(
            id,
            code,
            message,
            retryAfter is { } after
                ? Encoding.UTF8.GetBytes(
                    $$"""{"retryAfter":{{Math.Ceiling(after.TotalSeconds)}}}"""
                )
                : default(ReadOnlySpan<byte>)
        );

    /// <param name="id">As JSON text; empty for null.</param>
    /// <param name="data">As JSON text; empty for none.</param>
    public static byte[] Error(
        ReadOnlySpan<byte> id,
        int code,
        string message,
        ReadOnlySpan<byte> data = default
    )
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            Begin(json, id);
            json.WriteStartObject("error");
            json.WriteNumber("code", code);
            json.WriteString("message", message);
            if (!data.IsEmpty)
            {
                json.WritePropertyName("data");
                json.WriteRawValue(data, skipInputValidation: true);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <param name="id">As JSON text.</param>
    /// <param name="error">As JSON text.</param>
    public static byte[] Error(ReadOnlySpan<byte> id, ReadOnlySpan<byte> error) =>
        [.. "{\"jsonrpc\":\"2.0\",\"id\":"u8, .. id, .. ",\"error\":"u8, .. error, .. "}"u8];

    /// <param name="result">As JSON text.</param>
    public static byte[] Result(ReadOnlySpan<byte> id, ReadOnlySpan<byte> result)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            Begin(json, id);
            json.WritePropertyName("result");
            json.WriteRawValue(result, skipInputValidation: true);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>What a probe is told.</summary>
    public static byte[] Status(string status)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            json.WriteStartObject();
            json.WriteString("status", status);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    public static byte[] Request(string method, string uri)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            Begin(json, "0"u8);
            json.WriteString("method", method);
            json.WriteStartObject("params");
            json.WriteString("uri", uri);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Says that something changed.</summary>
    /// <param name="method">As JSON text.</param>
    /// <param name="uri">What, as JSON text; empty for a list.</param>
    public static byte[] Change(ReadOnlySpan<byte> method, ReadOnlySpan<byte> uri)
    {
        byte[] start = [.. "{\"jsonrpc\":\"2.0\",\"method\":"u8, .. method];
        return uri.IsEmpty
            ? [.. start, .. "}"u8]
            : [.. start, .. ",\"params\":{\"uri\":"u8, .. uri, .. "}}"u8];
    }

    private static void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id.IsEmpty ? "null"u8 : id, skipInputValidation: true);
    }
}
