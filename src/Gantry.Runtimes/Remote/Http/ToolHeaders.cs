using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>
/// Which arguments of which tool go along as headers, as the server's own lists of tools say
/// (2026-07-28, <c>x-mcp-header</c>).
/// </summary>
internal sealed class ToolHeaders
{
    /// <summary>How many tools of one server are remembered.</summary>
    private const int MaxTools = 10_000;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    private ConcurrentDictionary<string, ImmutableArray<ToolParameter>> _tools = NewTools();

    /// <summary>
    /// Learns from the answer to <c>tools/list</c>. Null when all of it may pass; otherwise the
    /// same without the tools whose marks make no sense, which no client may see.
    /// </summary>
    /// <param name="request">What it answers. A list in one piece takes the place of all that was
    /// known.</param>
    /// <param name="refused">Hears the name of each tool that was left out, and why.</param>
    public Frame? Learn(Frame request, Frame answer, Action<string, string> refused)
    {
        using var json = JsonDocument.Parse(answer.Slice(answer.Body), s_options);
        if (
            json.RootElement.ValueKind is not JsonValueKind.Object
            || !json.RootElement.TryGetProperty("tools"u8, out var tools)
            || tools.ValueKind is not JsonValueKind.Array
        )
        {
            return null;
        }

        var isWhole =
            JsonPart.Member(request[request.Body], "cursor"u8).IsEmpty
            && !json.RootElement.TryGetProperty("nextCursor"u8, out _);
        var known = isWhole ? NewTools() : _tools;
        var kept = tools.EnumerateArray().Where(tool => TryLearn(tool, known, refused)).ToList();
        Volatile.Write(ref _tools, known);
        return kept.Count == tools.GetArrayLength() ? null : Without(answer, json, kept);
    }

    /// <summary>The headers of a request: as its caller sent them, or else computed from the arguments
    /// of the call.</summary>
    public IEnumerable<KeyValuePair<string, string>> Of(Frame request, Envelope envelope) =>
        !envelope.ParameterHeaders.IsEmpty ? envelope.ParameterHeaders
        : request.IsMethod("tools/call"u8) ? Of(request)
        : [];

    /// <summary>Whether nothing is known of the tool that is called.</summary>
    public bool IsUnknown(Frame call) =>
        ProtocolHeaders.Text(call.Written(call.Name)) is { } tool && !_tools.ContainsKey(tool);

    /// <summary>No list names the tool that is called: until one does, it has no headers.</summary>
    public void Settle(Frame call)
    {
        var known = _tools;
        if (ProtocolHeaders.Text(call.Written(call.Name)) is { } tool && known.Count < MaxTools)
        {
            known.TryAdd(tool, []);
        }
    }

    private KeyValuePair<string, string>[] Of(Frame call)
    {
        var tool = ProtocolHeaders.Text(call.Written(call.Name));
        if (tool is null || !_tools.TryGetValue(tool, out var parameters) || parameters.IsEmpty)
        {
            return [];
        }

        var found = new List<KeyValuePair<string, string>>(parameters.Length);
        var arguments = JsonPart.Member(call[call.Body], "arguments"u8);
        foreach (var parameter in parameters)
        {
            if (TextOf(JsonPart.At(arguments, parameter.Path)) is { } text)
            {
                found.Add(new($"Mcp-Param-{parameter.Header}", ProtocolHeaders.Encode(text)));
            }
        }

        return [.. found];
    }

    private static ConcurrentDictionary<string, ImmutableArray<ToolParameter>> NewTools() =>
        new(StringComparer.Ordinal);

    private static bool TryLearn(
        JsonElement tool,
        ConcurrentDictionary<string, ImmutableArray<ToolParameter>> known,
        Action<string, string> refused
    )
    {
        if (
            tool.ValueKind is not JsonValueKind.Object
            || !tool.TryGetProperty("name"u8, out var name)
            || name.ValueKind is not JsonValueKind.String
        )
        {
            return true;
        }

        var schema = tool.TryGetProperty("inputSchema"u8, out var given) ? given : default;
        if (ToolParameter.Read(schema, out var why) is not { } parameters)
        {
            refused(name.ToString(), why);
            known.TryRemove(name.ToString(), out _);
            return false;
        }

        if (known.Count < MaxTools)
        {
            known[name.ToString()] = parameters;
        }

        return true;
    }

    private static Frame Without(Frame answer, JsonDocument json, List<JsonElement> kept)
    {
        var output = new ArrayBufferWriter<byte>(answer.Length);
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(answer[answer.Id]);
        output.Write(",\"result\":"u8);
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            foreach (var member in json.RootElement.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                if (member.NameEquals("tools"u8))
                {
                    writer.WriteStartArray();
                    kept.ForEach(tool => tool.WriteTo(writer));
                    writer.WriteEndArray();
                }
                else
                {
                    member.Value.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        output.Write("}"u8);
        return Frame.Parse(output.WrittenSpan);
    }

    // A missing or empty argument has no header, and what is no plain value has none either: the
    // server will say what it thinks of it.
    private static string? TextOf(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return null;
        }

        return value[0] switch
        {
            (byte)'"' => ProtocolHeaders.Text(value),
            (byte)'t' => "true",
            (byte)'f' => "false",
            (byte)'n' or (byte)'{' or (byte)'[' => null,
            _ => Whole(value),
        };
    }

    private static string Whole(ReadOnlySpan<byte> value)
    {
        var json = JsonPart.Reader(value);
        return json.Read() && json.TryGetDecimal(out var number) && decimal.IsInteger(number)
            ? decimal.Truncate(number).ToString("0", CultureInfo.InvariantCulture)
            : Encoding.ASCII.GetString(value);
    }
}
