using System.Collections.Immutable;
using System.Text.Json;

namespace Gantry.Cli.Client;

/// <summary>The tools that a client sees, and which servers it does not see them of.</summary>
internal sealed record ToolList(ImmutableArray<Tool> Tools, ImmutableArray<MissingServer> Missing)
{
    /// <summary>How many pages of tools are read.</summary>
    private const int MaxPages = 1_000;

    /// <summary>All tools, page after page.</summary>
    public static async Task<ToolList> ReadAsync(
        McpClient client,
        CancellationToken cancellationToken
    )
    {
        var tools = ImmutableArray.CreateBuilder<Tool>();
        ImmutableArray<MissingServer> missing = [];
        string? cursor = null;
        for (var page = 0; page < MaxPages && (page is 0 || cursor is not null); page++)
        {
            var asked = cursor;
            var result = await client.RequestAsync(
                "tools/list",
                json => WriteCursor(json, asked),
                cancellationToken
            );
            tools.AddRange(result.GetProperty("tools").EnumerateArray().Select(Tool.Of));
            missing = MissingServer.Read(result);
            cursor = result.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }

        return new(tools.ToImmutable(), missing);
    }

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

/// <summary>A server whose tools are not in the list.</summary>
/// <param name="IsComing">Whether they will be before long.</param>
internal sealed record MissingServer(string Server, string Reason, bool IsComing)
{
    public static ImmutableArray<MissingServer> Read(JsonElement result) =>
        result.TryGetProperty("_meta", out var meta)
        && meta.TryGetProperty("gantry/unavailable", out var servers)
            ? [.. servers.EnumerateArray().Select(Of)]
            : [];

    private static MissingServer Of(JsonElement server) =>
        new(
            server.GetProperty("server").GetString() ?? "",
            server.GetProperty("reason").GetString() ?? "",
            server.GetProperty("coming").GetBoolean()
        );
}
