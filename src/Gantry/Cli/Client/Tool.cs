using System.Text.Json;

namespace Gantry.Cli.Client;

/// <summary>A tool as a server lists it.</summary>
internal sealed record Tool(string Name, JsonElement Definition)
{
    /// <summary>How many pages of tools are read from one server.</summary>
    private const int MaxPages = 1_000;

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

    /// <summary>All tools of a server, page after page.</summary>
    public static async Task<List<Tool>> ListAsync(
        McpClient client,
        CancellationToken cancellationToken
    )
    {
        List<Tool> tools = [];
        string? cursor = null;
        for (var page = 0; page < MaxPages && (page is 0 || cursor is not null); page++)
        {
            var asked = cursor;
            var result = await client.RequestAsync(
                "tools/list",
                json => WriteCursor(json, asked),
                cancellationToken
            );
            tools.AddRange(result.GetProperty("tools").EnumerateArray().Select(Of));
            cursor = result.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }

        return tools;
    }

    private static Tool Of(JsonElement definition) =>
        new(definition.GetProperty("name").GetString() ?? "", definition);

    private static void WriteCursor(Utf8JsonWriter json, string? cursor)
    {
        json.WriteStartObject();
        if (cursor is not null)
        {
            json.WriteString("cursor", cursor);
        }

        json.WriteEndObject();
    }
}
