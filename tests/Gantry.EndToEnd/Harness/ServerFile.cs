using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gantry.EndToEnd.Harness;

/// <summary>A configuration file with one server in Gantry's own format.</summary>
internal sealed record ServerFile(
    string Name,
    string Command,
    params ImmutableArray<string> Arguments
)
{
    public ImmutableDictionary<string, string> Environment { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    public bool OnDemand { get; init; }

    public bool SessionIsolation { get; init; }

    public string? IdleTimeout { get; init; }

    public string? StartupTimeout { get; init; }

    public string? StopTimeout { get; init; }

    public int? MaxInstances { get; init; }

    public int? Port { get; init; }

    public string ToJson()
    {
        var server = new JsonObject { ["command"] = Command, ["args"] = Strings(Arguments) };
        var environment = new JsonObject();
        foreach (var (name, value) in Environment)
        {
            environment[name] = value;
        }

        server["env"] = environment;
        Add(server, "start", OnDemand ? "on_demand" : null);
        Add(server, "isolation", SessionIsolation ? "session" : null);
        Add(server, "idle_timeout", IdleTimeout);
        Add(server, "startup_timeout", StartupTimeout);
        Add(server, "stop_timeout", StopTimeout);
        if (MaxInstances is { } max)
        {
            server["instances"] = new JsonObject { ["min"] = 0, ["max"] = max };
        }

        if (Port is { } port)
        {
            server["port"] = port;
        }

        var servers = new JsonObject { [Name] = server };
        return new JsonObject { ["servers"] = servers }.ToJsonString();
    }

    private static JsonArray Strings(IEnumerable<string> texts) =>
        [.. texts.Select(text => (JsonNode)text)];

    private static void Add(JsonObject server, string key, string? value)
    {
        if (value is not null)
        {
            server[key] = value;
        }
    }
}
