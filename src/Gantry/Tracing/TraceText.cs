using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Tracing;

/// <summary>
/// The one form of what is seen: a JSON object on a line, in the event stream, in recordings and
/// where a command prints JSON.
/// </summary>
internal static class TraceText
{
    /// <summary>The version of recordings that this Gantry writes; it reads all up to this.</summary>
    public const int Version = 1;

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Frame.MaxDepth + 8,
    };

    /// <summary>The first line, which says what the others are.</summary>
    /// <param name="revision">The protocol revision that the server speaks, when that is known.</param>
    public static string Header(
        ServerName server,
        string? revision,
        DateTimeOffset at,
        string gantry
    ) =>
        Write(json =>
        {
            json.WriteString("kind", "gantry-trace");
            json.WriteNumber("version", Version);
            json.WriteString("server", server.ToString());
            json.WriteString("revision", revision);
            json.WriteString("at", at);
            json.WriteString("gantry", gantry);
        });

    public static string Lost(long frames) => Write(json => json.WriteNumber("lost", frames));

    /// <param name="sighting">Its id has no secret.</param>
    public static string Of(Sighting sighting, Answered? answered, Redacted redacted) =>
        Write(json =>
        {
            json.WriteString("at", sighting.At);
            WriteSpot(json, sighting.Spot);
            json.WriteString("method", sighting.Method ?? answered?.Method);
            WriteId(json, sighting.Id);
            json.WriteNumber("bytes", sighting.Length);
            if (answered is { } known)
            {
                json.WriteNumber("elapsedMs", Math.Round(known.Elapsed.TotalMilliseconds, 3));
            }

            Write(json, redacted);
        });

    /// <summary>A message without its secrets, as the admin API answers.</summary>
    public static string Of(Redacted redacted) => Write(json => Write(json, redacted));

    private static void Write(Utf8JsonWriter json, Redacted redacted)
    {
        json.WriteNumber("hidden", redacted.Hidden);
        json.WriteBoolean("cut", redacted.IsCut);
        json.WritePropertyName("frame");
        json.WriteRawValue(redacted.Utf8.Span, skipInputValidation: true);
    }

    private static void WriteSpot(Utf8JsonWriter json, Spot spot)
    {
        var isClient = spot.Face is Face.Client;
        json.WriteString("face", isClient ? "client" : "server");
        json.WriteString(
            "direction",
            spot.Direction is Direction.ToServer ? "to_server" : "to_client"
        );
        json.WriteString(isClient ? "session" : "instance", spot.Peer);
    }

    private static void WriteId(Utf8JsonWriter json, string? id)
    {
        if (id is not null)
        {
            json.WritePropertyName("id");
            json.WriteRawValue(id, skipInputValidation: true);
        }
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, s_options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
