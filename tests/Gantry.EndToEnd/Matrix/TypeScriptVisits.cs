using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;

namespace Gantry.EndToEnd.Matrix;

/// <summary>
/// The TypeScript clients, all cells in one process. mcp-remote is what the older of them starts
/// as its server on stdio.
/// </summary>
internal sealed class TypeScriptVisits(string home)
{
    public static bool Has(Cell cell) =>
        cell.Client is Clients.TypeScript1 or Clients.TypeScript2 or Clients.McpRemote;

    public async Task<ImmutableArray<Outcome>> VisitAsync(
        IEnumerable<Cell> cells,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(home, "cells.json");
        var asked = new JsonArray([.. cells.Select(Ask)]);
        await File.WriteAllTextAsync(file, asked.ToJsonString(), cancellationToken);
        var command = new Command(Places.Node, Path.Combine(Places.Npm, "matrix", "run.mjs"), file)
        {
            // mcp-remote keeps files in the home directory.
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", home),
            Patience = TimeSpan.FromMinutes(8),
        };
        var finished = await command.RunAsync(cancellationToken);
        return
        [
            .. finished
                .Succeeded()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => Read(JsonNode.Parse(line))),
        ];
    }

    private static JsonObject Ask(Cell cell) =>
        new()
        {
            ["name"] = cell.Name,
            ["client"] = cell.Client == Clients.TypeScript2 ? "v2" : "v1",
            ["era"] = cell.Era,
            ["kind"] = cell.Client == Clients.McpRemote ? Transports.Stdio : cell.Transport,
            ["where"] = Where(cell),
            ["revision"] = cell.Revision,
            ["says"] = IsBridging(cell) ? $"Remote server speaks MCP {Cell.Newest}" : null,
            ["servers"] = new JsonArray([.. cell.Column.Servers.Select(one => (JsonNode?)one)]),
        };

    // Its own client, on stdio, knows nothing of it: that it found the other era is in its log.
    private static bool IsBridging(Cell cell) => cell.Client == Clients.McpRemote && cell.IsModern;

    private static JsonNode Where(Cell cell)
    {
        IEnumerable<string> remote =
        [
            Places.Node,
            Places.InModules("mcp-remote/dist/proxy.js"),
            cell.Column.Url(cell.Transport),
            "--transport",
            $"{cell.Transport}-only",
            "--protocol",
            cell.Era,
            "--allow-http",
        ];
        return cell switch
        {
            { Client: Clients.McpRemote } => Words(remote),
            { IsStdio: true } => Words(cell.Column.Stdio),
            _ => cell.Column.Url(cell.Transport),
        };
    }

    private static JsonArray Words(IEnumerable<string> words) =>
        [.. words.Select(word => (JsonNode)word)];

    private static Outcome Read(JsonNode? line)
    {
        var steps = string.Join(' ', line?["steps"]?.AsArray().Select(step => $"{step}") ?? []);
        var problem = line?["problem"]?.ToString();
        return new($"{line?["name"]}", problem is null, problem ?? steps);
    }
}
