using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Config.Formats;
using Gantry.Config.Keys;

namespace Gantry.Config;

/// <summary>The JSON Schema of Gantry's own format, for editors.</summary>
public static class ConfigSchema
{
    private static readonly JsonWriterOptions s_readable = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema as JSON text (draft 2020-12), made of the same keys that the parser
    /// reads by.</summary>
    public static string Generate()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_readable))
        {
            Make().WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static JsonObject Make() =>
        new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Gantry configuration",
            ["description"] = "A gantry.yaml of many servers, or a file of one server.",
            ["anyOf"] = new JsonArray(Refer("document"), Refer("serverFile")),
            ["$defs"] = new JsonObject
            {
                ["document"] = SchemaParts.Mapping(OwnKeys.Document),
                ["serverFile"] = Requiring(SchemaParts.Mapping(OwnKeys.ServerFile), "name"),
                ["server"] = SchemaParts.Mapping(OwnKeys.Server),
            },
        };

    private static JsonObject Refer(string definition) =>
        new() { ["$ref"] = $"#/$defs/{definition}" };

    private static JsonObject Requiring(JsonObject schema, string key)
    {
        schema["required"] = SchemaParts.Array(key);
        return schema;
    }
}
