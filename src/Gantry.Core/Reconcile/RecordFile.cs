using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Storage;

namespace Gantry.Reconcile;

/// <summary>A server's record as a file: versioned JSON, replaced whole or not at all.</summary>
internal static class RecordFile
{
    private const int Version = 1;

    public static ServerRecord Read(string path)
    {
        var saved = JsonSerializer.Deserialize(
            File.ReadAllBytes(path),
            RecordJson.Default.SavedRecord
        );
        return saved is { Version: Version }
            ? new(saved.Intent.Restore(), [.. saved.Exits.Select(exit => exit.Restore())])
            : throw new FormatException($"Its version is not {Version}.");
    }

    public static void Write(string path, ServerRecord record)
    {
        var saved = new SavedRecord(
            Version,
            SavedIntent.Of(record.Intent),
            [.. record.Exits.Select(SavedExit.Of)]
        );
        // The reason of an exit may quote what a server wrote: that is for its operator only.
        PrivateFile.Write(
            path,
            JsonSerializer.SerializeToUtf8Bytes(saved, RecordJson.Default.SavedRecord)
        );
    }
}

internal sealed record SavedRecord(
    int Version,
    SavedIntent Intent,
    ImmutableArray<SavedExit> Exits
);

internal sealed record SavedIntent(long Generation, bool Paused, DateTimeOffset Since)
{
    public static SavedIntent Of(Intent intent) =>
        new(intent.Generation, intent.Paused, intent.Since);

    public Intent Restore() => new(Generation, Paused, Since);
}

internal sealed record SavedExit(
    string Instance,
    string Hash,
    DateTimeOffset At,
    Cause Cause,
    int? ExitCode,
    TimeSpan ReadyFor,
    string? Reason
)
{
    public static SavedExit Of(Exit exit) =>
        new(
            exit.Instance.Value,
            exit.Hash.Value,
            exit.At,
            exit.Cause,
            exit.ExitCode,
            exit.ReadyFor,
            exit.Reason
        );

    public Exit Restore() => new(new(Instance), new(Hash), At, Cause, ExitCode, ReadyFor, Reason);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(SavedRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
