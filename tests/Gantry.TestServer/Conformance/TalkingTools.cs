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
                (call, token) => LogAsync(call.Turn, token)
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
            new("test_sampling", "Asks the client's model.", Required("prompt"), SampleAsync),
            new("test_elicitation", "Asks the client's user.", Required("message"), ElicitAsync),
            Form("test_elicitation_sep1034_defaults", Forms.Defaults),
            Form("test_elicitation_sep1330_enums", Forms.Enums),
        ];

    private static async Task<JsonObject> LogAsync(Turn turn, CancellationToken cancellationToken)
    {
        turn.Log("info", "Tool execution started");
        await PauseAsync(cancellationToken);
        turn.Log("info", "Tool processing data");
        await PauseAsync(cancellationToken);
        turn.Log("info", "Tool execution completed");
        return Json.Text("Three log messages were sent.");
    }

    private static async Task<JsonObject> ProgressAsync(
        Peer peer,
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        peer.Progress(call.Turn.ProgressToken, 0, 100);
        await PauseAsync(cancellationToken);
        peer.Progress(call.Turn.ProgressToken, 50, 100);
        await PauseAsync(cancellationToken);
        peer.Progress(call.Turn.ProgressToken, 100, 100);
        return Json.Text("Progress was reported.");
    }

    private static async Task<JsonObject> WaitAsync(CancellationToken cancellationToken)
    {
        await PauseAsync(cancellationToken);
        await PauseAsync(cancellationToken);
        return Json.Text("Done, whether or not the client was away.");
    }

    private static async Task<JsonObject> SampleAsync(
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        Require(call.Turn, "sampling");
        var question = AskingTools.Sample("sample", call.Arguments.String("prompt"), 100);
        var answer = await call.Turn.AskAsync(question, cancellationToken);
        var content = answer["content"] as JsonObject ?? [];
        return Json.Text($"LLM response: {content.String("text")}");
    }

    private static async Task<JsonObject> ElicitAsync(
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var message = call.Arguments.String("message");
        var result = await AskUserAsync(call.Turn, message, Forms.Account, cancellationToken);
        var content = result["content"]?.ToJsonString() ?? "{}";
        return Json.Text($"User response: action={result.String("action")}, content={content}");
    }

    private static Tool Form(string name, string schema) =>
        new(
            name,
            "Asks the client's user to fill in a form.",
            Tool.NoArguments,
            async (call, token) =>
            {
                const string Message = "Please fill in the form.";
                var result = await AskUserAsync(call.Turn, Message, schema, token);
                var content = result["content"]?.ToJsonString() ?? "{}";
                var action = result.String("action");
                return Json.Text($"Elicitation completed: action={action}, content={content}");
            }
        );

    private static Task<JsonObject> AskUserAsync(
        Turn turn,
        string message,
        string schema,
        CancellationToken cancellationToken
    )
    {
        Require(turn, "elicitation");
        return turn.AskAsync(AskingTools.Elicit("form", message, schema), cancellationToken);
    }

    private static void Require(Turn turn, string capability)
    {
        if (!turn.Capabilities.ContainsKey(capability))
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
