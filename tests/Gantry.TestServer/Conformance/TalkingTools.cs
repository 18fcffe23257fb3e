using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's tools that notify or ask the client while they run.</summary>
internal static class TalkingTools
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<Tool> All(Peer peer) =>
        [
            new(
                "test_tool_with_logging",
                "Sends three log messages.",
                Tool.NoArguments,
                (_, token) => LogAsync(peer, token)
            ),
            new(
                "test_tool_with_progress",
                "Reports its progress.",
                Tool.NoArguments,
                (call, token) => ProgressAsync(peer, call, token)
            ),
            new(
                "test_reconnection",
                "Takes long enough for a client to come back.",
                Tool.NoArguments,
                (_, token) => WaitAsync(token)
            ),
            new(
                "test_sampling",
                "Asks the client's model.",
                Required("prompt"),
                (call, token) => SampleAsync(peer, call, token)
            ),
            new(
                "test_elicitation",
                "Asks the client's user.",
                Required("message"),
                (call, token) => ElicitAsync(peer, call, token)
            ),
            Form(peer, "test_elicitation_sep1034_defaults", Forms.Defaults),
            Form(peer, "test_elicitation_sep1330_enums", Forms.Enums),
        ];

    private static async Task<JsonObject> LogAsync(Peer peer, CancellationToken cancellationToken)
    {
        peer.Log("info", "Tool execution started");
        await PauseAsync(cancellationToken);
        peer.Log("info", "Tool processing data");
        await PauseAsync(cancellationToken);
        peer.Log("info", "Tool execution completed");
        return Json.Text("Three log messages were sent.");
    }

    private static async Task<JsonObject> ProgressAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        peer.Progress(call.ProgressToken, 0, 100);
        await PauseAsync(cancellationToken);
        peer.Progress(call.ProgressToken, 50, 100);
        await PauseAsync(cancellationToken);
        peer.Progress(call.ProgressToken, 100, 100);
        return Json.Text("Progress was reported.");
    }

    private static async Task<JsonObject> WaitAsync(CancellationToken cancellationToken)
    {
        await PauseAsync(cancellationToken);
        await PauseAsync(cancellationToken);
        return Json.Text("Done, whether or not the client was away.");
    }

    private static async Task<JsonObject> SampleAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        Require(peer, "sampling");
        var message = new JsonObject
        {
            ["role"] = "user",
            ["content"] = Json.TextBlock(call.Arguments.String("prompt")),
        };
        var answer = await peer.AskAsync(
            "sampling/createMessage",
            new() { ["messages"] = new JsonArray(message), ["maxTokens"] = 100 },
            cancellationToken
        );
        var content = Result(answer)["content"] as JsonObject ?? [];
        return Json.Text($"LLM response: {content.String("text")}");
    }

    private static async Task<JsonObject> ElicitAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var message = call.Arguments.String("message");
        var result = await AskUserAsync(peer, message, Forms.Account, cancellationToken);
        var content = result["content"]?.ToJsonString() ?? "{}";
        return Json.Text($"User response: action={result.String("action")}, content={content}");
    }

    private static Tool Form(Peer peer, string name, string schema) =>
        new(
            name,
            "Asks the client's user to fill in a form.",
            Tool.NoArguments,
            async (_, token) =>
            {
                var result = await AskUserAsync(peer, "Please fill in the form.", schema, token);
                var content = result["content"]?.ToJsonString() ?? "{}";
                var action = result.String("action");
                return Json.Text($"Elicitation completed: action={action}, content={content}");
            }
        );

    private static async Task<JsonObject> AskUserAsync(
        Peer peer,
        string message,
        string schema,
        CancellationToken cancellationToken
    )
    {
        Require(peer, "elicitation");
        var answer = await peer.AskAsync(
            "elicitation/create",
            new() { ["message"] = message, ["requestedSchema"] = Json.Object(schema) },
            cancellationToken
        );
        return Result(answer);
    }

    private static JsonObject Result(JsonObject answer) =>
        answer["result"] as JsonObject
        ?? throw new RefusedException(
            RefusedException.InvalidParams,
            $"The client refused: {answer["error"]?.ToJsonString()}"
        );

    private static void Require(Peer peer, string capability)
    {
        if (!peer.Capabilities.ContainsKey(capability))
        {
            throw new RefusedException(
                RefusedException.InvalidParams,
                $"The client does not offer {capability}."
            );
        }
    }

    private static Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(s_pause, TimeProvider.System, cancellationToken);

    private static string Required(string name) =>
        new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [name] = Json.Object("""{"type":"string"}""") },
            ["required"] = new JsonArray(name),
        }.ToJsonString();
}
