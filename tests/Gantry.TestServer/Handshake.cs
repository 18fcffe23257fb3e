using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>The beginning of a conversation, in the era that the server was told to speak.</summary>
internal sealed class Handshake(Options options, Peer peer, Methods methods)
{
    private const string Modern = "2026-07-28";
    private const string NewestLegacy = "2025-11-25";

    private static readonly HashSet<string> s_cacheable =
    [
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    ];

    private static readonly string[] s_legacy =
    [
        "2024-11-05",
        "2025-03-26",
        "2025-06-18",
        NewestLegacy,
    ];

    public Method? Find(string method) =>
        (method, options.ModernOnly) switch
        {
            ("initialize", false) => InitializeAsync,
            ("ping", false) => (_, _) => Task.FromResult(new JsonObject()),
            ("logging/setLevel", false) => (turn, _) => SetLevelAsync(turn.Parameters),
            ("server/discover", true) => (_, _) => Task.FromResult(Discover()),
            _ => null,
        };

    /// <summary>Adds what the era wants in every result.</summary>
    public JsonObject Complete(string method, JsonObject result)
    {
        if (!options.ModernOnly)
        {
            return result;
        }

        result["resultType"] = "complete";
        result["_meta"] = new JsonObject { ["io.modelcontextprotocol/serverInfo"] = About() };
        if (s_cacheable.Contains(method))
        {
            result["ttlMs"] = 0;
            result["cacheScope"] = "private";
        }

        return result;
    }

    private async Task<JsonObject> InitializeAsync(Turn turn, CancellationToken cancellationToken)
    {
        var parameters = turn.Parameters;
        var delay = options.NoHandshake ? Timeout.InfiniteTimeSpan : options.HandshakeDelay;
        await Task.Delay(delay, TimeProvider.System, cancellationToken);
        peer.Capabilities = parameters["capabilities"] as JsonObject ?? [];
        var asked = parameters.String("protocolVersion");
        return new()
        {
            ["protocolVersion"] = s_legacy.Contains(asked) ? asked : NewestLegacy,
            ["capabilities"] = methods.Capabilities,
            ["serverInfo"] = About(),
        };
    }

    private Task<JsonObject> SetLevelAsync(JsonObject parameters)
    {
        peer.LogLevel = parameters.String("level");
        return Task.FromResult(new JsonObject());
    }

    private JsonObject Discover() =>
        new()
        {
            ["supportedVersions"] = new JsonArray(Modern),
            ["capabilities"] = methods.Capabilities,
        };

    private static JsonObject About() =>
        new() { ["name"] = "gantry-test-server", ["version"] = "1.0.0" };
}
