using System.Text.Json.Nodes;

namespace Gantry.Config.Keys;

/// <summary>JSON Schema of what occurs in several shapes.</summary>
internal static class SchemaParts
{
    /// <summary>The rule of <see cref="ServerName"/>.</summary>
    public const string NamePattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

    /// <summary>What the parser takes for a text.</summary>
    public static JsonObject Plain() =>
        new() { ["type"] = Array("string", "number", "boolean", "null") };

    public static JsonArray Array(params ReadOnlySpan<string> texts)
    {
        var array = new JsonArray();
        foreach (var text in texts)
        {
            array.Add((JsonNode)JsonValue.Create(text));
        }

        return array;
    }

    /// <summary>A mapping with exactly these keys, and those that begin with x-.</summary>
    public static JsonObject Mapping(KeyTable table)
    {
        var properties = new JsonObject();
        foreach (var key in table.Keys.Where(key => key.Standing is Standing.Used or Standing.Idle))
        {
            properties[key.Name] = Describe(key);
        }

        return new()
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["patternProperties"] = new JsonObject { ["^x-"] = new JsonObject() },
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Describe(Key key)
    {
        var described = new JsonObject { ["description"] = key.Description };
        foreach (var (name, value) in key.Shape.Schema())
        {
            described[name] = value?.DeepClone();
        }

        return described;
    }
}
