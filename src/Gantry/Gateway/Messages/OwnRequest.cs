using System.Buffers;
using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Gateway.Messages;

/// <summary>What Gantry asks an instance on its own account, in the era of the server.</summary>
internal static class OwnRequest
{
    /// <param name="cursor">From which page on; null for the first.</param>
    public static Frame Make(IConnection connection, string method, string? cursor) =>
        Make(
            connection,
            method,
            json =>
            {
                if (cursor is not null)
                {
                    json.WriteString("cursor", cursor);
                }
            }
        );

    /// <param name="write">Writes the members of the params.</param>
    public static Frame Make(IConnection connection, string method, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", 0);
            json.WriteString("method", method);
            json.WriteStartObject("params");
            write(json);
            if (connection.Handshake.Dialect.HasRequestMeta)
            {
                WriteMeta(json, connection.Handshake.Dialect);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Frame.Parse(output.WrittenSpan);
    }

    private static void WriteMeta(Utf8JsonWriter json, Dialect dialect)
    {
        json.WriteStartObject("_meta");
        json.WriteString(MetaKey.ProtocolVersion, dialect.Revision);
        json.WriteStartObject(MetaKey.ClientCapabilities);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
