using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>
/// What the conformance suite (0.2.0-alpha.12, both requirement sets) expects of the server that
/// it tests: tools, resources and prompts with fixed names and answers.
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

    public static Methods Methods(Peer peer, bool isModern)
    {
        var changes = new Changes(peer, isModern);
        var methods = new Methods(Capabilities).AddTools([
            .. ContentTools.All(),
            .. TalkingTools.All(peer),
            .. AskingTools.All(),
            .. TriggerTools.All(changes),
        ]);
        FixtureResources.AddTo(methods, isModern);
        FixturePrompts.AddTo(methods);
        if (isModern)
        {
            methods.Add("subscriptions/listen", changes.ListenAsync);
        }
        else
        {
            FixtureResources.AddSubscriptionsTo(methods, changes);
        }

        return methods.Add("completion/complete", _ => Complete());
    }

    private static JsonObject Complete() =>
        Json.Object(
            """{"completion": {"values": ["paris", "park", "party"], "total": 3, "hasMore": false}}"""
        );
}
