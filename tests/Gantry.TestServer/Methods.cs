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
        Add(name, (parameters, _) => Task.FromResult(method(parameters)));

    public Methods AddTools(IReadOnlyList<Tool> tools)
    {
        var byName = tools.ToDictionary(tool => tool.Name, StringComparer.Ordinal);
        Add("tools/list", _ => List("tools", tools.Select(tool => tool.Describe())));
        return Add("tools/call", (parameters, token) => CallAsync(byName, parameters, token));
    }

    public static JsonObject List(string name, IEnumerable<JsonNode?> items) =>
        new() { [name] = new JsonArray([.. items]) };

    private static async Task<JsonObject> CallAsync(
        Dictionary<string, Tool> tools,
        JsonObject parameters,
        CancellationToken cancellationToken
    )
    {
        var name = parameters.String("name");
        if (!tools.TryGetValue(name, out var tool))
        {
            throw new RefusedException(RefusedException.InvalidParams, $"Unknown tool: {name}");
        }

        var arguments = parameters["arguments"] as JsonObject ?? [];
        var token = (parameters["_meta"] as JsonObject)?["progressToken"];
        return await tool.RunAsync(new(arguments, token), cancellationToken);
    }
}
