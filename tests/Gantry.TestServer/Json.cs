using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>Short ways to write and read JSON.</summary>
internal static class Json
{
    public static JsonObject Object(string text) =>
        JsonNode.Parse(text)?.AsObject() ?? throw new FormatException("Not an object.");

    public static JsonObject Text(string text) =>
        new() { ["content"] = new JsonArray(TextBlock(text)) };

    public static JsonObject Content(params JsonNode?[] blocks) =>
        new() { ["content"] = new JsonArray(blocks) };

    public static JsonObject Failure(string text)
    {
        var result = Text(text);
        result["isError"] = true;
        return result;
    }

    public static JsonObject TextBlock(string text) => new() { ["type"] = "text", ["text"] = text };

    public static string String(this JsonObject from, string name, string otherwise = "") =>
        from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : otherwise;

    public static int Number(this JsonObject from, string name, int otherwise = 0) =>
        from[name] is JsonValue value && value.TryGetValue<int>(out var number)
            ? number
            : otherwise;
}
