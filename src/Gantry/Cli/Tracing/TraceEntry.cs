using System.Text.Json;

namespace Gantry.Cli.Tracing;

/// <summary>A line of a trace, read.</summary>
internal sealed class TraceEntry
{
    // A message, and what is around it.
    private static readonly JsonDocumentOptions s_options = new()
    {
        MaxDepth = Wire.Frame.MaxDepth + 8,
    };

    private readonly JsonElement _line;

    private TraceEntry(JsonElement line) => _line = line;

    /// <summary>How many frames were lost here; then there is nothing else.</summary>
    public long Lost => _line.TryGetProperty("lost", out var lost) ? lost.GetInt64() : 0;

    public DateTimeOffset At => _line.GetProperty("at").GetDateTimeOffset();

    public string Face => Text("face") ?? "";

    public bool IsFromClient => Face is "client" && IsToServer;

    public bool IsToServer => Text("direction") is "to_server";

    /// <summary>The session's key on the client's face, the instance on the server's.</summary>
    public string Peer => Text("session") ?? Text("instance") ?? "";

    public string? Method => Text("method");

    /// <summary>As JSON text; empty when there is none.</summary>
    public string Id => _line.TryGetProperty("id", out var id) ? id.GetRawText() : "";

    public long Bytes => _line.GetProperty("bytes").GetInt64();

    public double? ElapsedMs =>
        _line.TryGetProperty("elapsedMs", out var elapsed) ? elapsed.GetDouble() : null;

    /// <summary>How many values are hidden in the frame.</summary>
    public int Hidden => _line.GetProperty("hidden").GetInt32();

    /// <summary>Whether some of the frame is left out.</summary>
    public bool IsCut => _line.GetProperty("cut").GetBoolean();

    public JsonElement Frame => _line.GetProperty("frame");

    public bool IsRequest => Id.Length > 0 && Frame.TryGetProperty("method", out _);

    public bool IsResponse => !Frame.TryGetProperty("method", out _);

    /// <exception cref="FormatException">It is not a line of a trace.</exception>
    public static TraceEntry Parse(string line)
    {
        var json = ParseObject(line);
        return json.TryGetProperty("lost", out var lost) && lost.TryGetInt64(out _) || IsFrame(json)
            ? new(json)
            : throw new FormatException("It is neither a frame nor a note of lost ones.");
    }

    /// <exception cref="FormatException">It is not a JSON object.</exception>
    public static JsonElement ParseObject(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, s_options);
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new FormatException("It is no JSON object.");
        }
        catch (JsonException exception)
        {
            throw new FormatException("It is no JSON.", exception);
        }
    }

    private static bool IsFrame(JsonElement line) =>
        Is(line, "at", JsonValueKind.String)
        && Is(line, "face", JsonValueKind.String)
        && Is(line, "direction", JsonValueKind.String)
        && Is(line, "bytes", JsonValueKind.Number)
        && Is(line, "hidden", JsonValueKind.Number)
        && (Is(line, "cut", JsonValueKind.True) || Is(line, "cut", JsonValueKind.False))
        && Is(line, "frame", JsonValueKind.Object);

    private static bool Is(JsonElement line, string name, JsonValueKind kind) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == kind;

    private string? Text(string name) =>
        _line.TryGetProperty(name, out var text) && text.ValueKind is JsonValueKind.String
            ? text.GetString()
            : null;
}
