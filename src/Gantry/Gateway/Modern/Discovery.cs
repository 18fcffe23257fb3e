using System.Buffers;
using System.Text.Json;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// Answers <c>server/discover</c> from what the instance said of itself when it started.
/// </summary>
internal static class Discovery
{
    public static byte[] Answer(Frame request, Seat seat, Handshake handshake)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            WriteRevisions(json);
            WriteServer(json, seat, handshake);
            json.WriteNumber("ttlMs", 0);
            json.WriteString("cacheScope", "private");
            json.WriteEndObject();
        }

        return RpcText.Result(request[request.Id], output.WrittenSpan);
    }

    /// <summary>What clients without sessions can use of what the server offers.</summary>
    public static ReadOnlySpan<byte> Capabilities(Handshake handshake) =>
        FrameText.Member(handshake.Result.Span, "capabilities"u8);

    /// <summary>What the result is, and which revisions can be spoken.</summary>
    public static void WriteRevisions(Utf8JsonWriter json)
    {
        json.WriteString("resultType", "complete");
        json.WriteStartArray("supportedVersions");
        foreach (var dialect in Dialect.All.Where(one => !one.HasSessions))
        {
            json.WriteStringValue(dialect.Revision);
        }

        json.WriteEndArray();
    }

    private static void WriteServer(Utf8JsonWriter json, Seat seat, Handshake handshake)
    {
        var result = handshake.Result.Span;
        json.WriteStartObject("capabilities");
        WriteCapabilities(json, seat, handshake);
        json.WriteEndObject();
        var instructions = FrameText.Member(result, "instructions"u8);
        if (!instructions.IsEmpty)
        {
            json.WritePropertyName("instructions");
            json.WriteRawValue(instructions, skipInputValidation: true);
        }

        var name = handshake.ServerInfo.Span;
        if (!name.IsEmpty)
        {
            json.WriteStartObject("_meta");
            json.WritePropertyName(MetaKey.ServerInfo);
            json.WriteRawValue(name, skipInputValidation: true);
            json.WriteEndObject();
        }
    }

    private static void WriteCapabilities(Utf8JsonWriter json, Seat seat, Handshake handshake)
    {
        var capabilities = Capabilities(handshake);
        var reader = FrameText.Reader(capabilities);
        if (capabilities.IsEmpty || !reader.Read())
        {
            return;
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isLeftOut = IsLeftOut(in reader, seat, handshake.Dialect);
            var name = reader.ValueSpan;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isLeftOut)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(
                    capabilities[start..(int)reader.BytesConsumed],
                    skipInputValidation: true
                );
            }
        }
    }

    // Tasks as sessions have them are none of a request's, and what a shared instance logs is
    // nobody's in particular.
    private static bool IsLeftOut(in Utf8JsonReader key, Seat seat, Dialect dialect) =>
        dialect.HasSessions
        && (key.ValueTextEquals("tasks"u8) || (!seat.IsAlone && key.ValueTextEquals("logging"u8)));
}
