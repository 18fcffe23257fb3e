using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>What the server offers beyond the handshake.</summary>
internal sealed class Methods(string capabilities)
{
    private readonly Dictionary<string, Method> _methods = new(StringComparer.Ordinal);

    public JsonObject Capabilities => Json.Object(capabilities);

    public Method? Find(string name) => _methods.GetValueOrDefault(name);

    public Methods Add(string name, Method method)
    {
        _methods.Add(name, method);
        return this;
    }

    public Methods Add(string name, Func<JsonObject, JsonObject> method) =>
        Add(name, (turn, _) => Task.FromResult(method(turn.Parameters)));

    public Methods AddTools(IReadOnlyList<Tool> tools)
    {
        var byName = tools.ToDictionary(tool => tool.Name, StringComparer.Ordinal);
        Add("tools/list", _ => List("tools", tools.Select(tool => tool.Describe())));
        return Add("tools/call", (turn, token) => CallAsync(byName, turn, token));
    }

    public static JsonObject List(string name, IEnumerable<JsonNode?> items) =>
        new() { [name] = new JsonArray([.. items]) };

    private static async Task<JsonObject> CallAsync(
        Dictionary<string, Tool> tools,
        Turn turn,
        CancellationToken cancellationToken
    )
    {
        var name = turn.Parameters.String("name");
        if (!tools.TryGetValue(name, out var tool))
        {
            throw new RefusedException(RefusedException.InvalidParams, $"Unknown tool: {name}");
        }

        var arguments = turn.Parameters["arguments"] as JsonObject ?? [];
        return await tool.RunAsync(new(arguments, turn), cancellationToken);
    }
}
