using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Daemon;

/// <summary>What a running daemon writes down about itself in its state directory.</summary>
/// <param name="Url">The main listener, with the port that was really taken; null when it has
/// none.</param>
internal sealed record DaemonNote(int ProcessId, string? Url, DateTimeOffset StartedAt)
{
    /// <summary>How long without a client it stays; null for ever. Those that <c>gantry stdio</c>
    /// starts leave.</summary>
    public TimeSpan? LeavesAfter { get; init; }

    /// <summary>Null when there is none, or none that can be read.</summary>
    public static DaemonNote? Read(StateDirectory state)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(state.DaemonFile),
                DaemonJson.Default.DaemonNote
            );
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DaemonNote))]
internal sealed partial class DaemonJson : JsonSerializerContext;
