using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>
/// What the conformance suite (0.2.0-alpha.12, requirements 2025-11-25) expects of the server
/// that it tests: tools, resources and prompts with fixed names and answers.
/// </summary>
internal static class ConformanceFixture
{
    private const string Capabilities = """
        {
          "tools": {"listChanged": true},
          "resources": {"subscribe": true, "listChanged": true},
          "prompts": {"listChanged": true},
          "completions": {},
          "logging": {}
        }
        """;

    public static Methods Methods(Peer peer)
    {
        var methods = new Methods(Capabilities).AddTools([
            .. ContentTools.All(),
            .. TalkingTools.All(peer),
        ]);
        FixtureResources.AddTo(methods);
        FixturePrompts.AddTo(methods);
        return methods.Add("completion/complete", _ => Complete());
    }

    private static JsonObject Complete() =>
        Json.Object(
            """{"completion": {"values": ["paris", "park", "party"], "total": 3, "hasMore": false}}"""
        );
}
