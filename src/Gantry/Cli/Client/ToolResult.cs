using System.Text.Json;

namespace Gantry.Cli.Client;

/// <summary>A tool's result, for people to read.</summary>
internal static class ToolResult
{
    /// <summary>Each piece of content as text; what is no text is named.</summary>
    public static IEnumerable<string> Texts(JsonElement result) =>
        result.TryGetProperty("content", out var content) && content.GetArrayLength() > 0
            ? content.EnumerateArray().Select(Text)
        : result.TryGetProperty("structuredContent", out var structured) ? [structured.GetRawText()]
        : [];

    private static string Text(JsonElement piece) =>
        Member(piece, "type") switch
        {
            "text" => Member(piece, "text"),
            "resource_link" => Member(piece, "uri"),
            "resource" when piece.TryGetProperty("resource", out var resource) => Resource(
                resource
            ),
            var other => $"[{other} {Member(piece, "mimeType")}, use --json to see it]",
        };

    private static string Resource(JsonElement resource) =>
        resource.TryGetProperty("text", out _)
            ? Member(resource, "text")
            : $"[{Member(resource, "uri")} {Member(resource, "mimeType")}, use --json to see it]";

    private static string Member(JsonElement piece, string name) =>
        piece.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString() ?? ""
            : "";
}
