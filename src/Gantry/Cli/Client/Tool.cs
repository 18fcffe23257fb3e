using System.Text.Json;

namespace Gantry.Cli.Client;

/// <summary>A tool as a server lists it.</summary>
internal sealed record Tool(string Name, JsonElement Definition)
{
    public string Description =>
        Definition.TryGetProperty("description", out var text)
        && text.ValueKind is JsonValueKind.String
            ? text.GetString() ?? ""
            : "";

    /// <summary>What the schema says of one argument; null when it does not name it.</summary>
    public JsonElement? Property(string name) =>
        Definition.TryGetProperty("inputSchema", out var schema)
        && schema.ValueKind is JsonValueKind.Object
        && schema.TryGetProperty("properties", out var properties)
        && properties.ValueKind is JsonValueKind.Object
        && properties.TryGetProperty(name, out var property)
            ? property
            : null;

    public static Tool Of(JsonElement definition) =>
        new(definition.GetProperty("name").GetString() ?? "", definition);
}
