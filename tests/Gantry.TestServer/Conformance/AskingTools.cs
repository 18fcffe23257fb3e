using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's tools that cannot answer before the client has.</summary>
internal static class AskingTools
{
    private const string Prefix = "test_input_required_result_";

    private static readonly Question s_name = Elicit(
        "user_name",
        "What is your name?",
        Field("name", "string")
    );

    private static readonly Question s_confirm = Elicit(
        "confirm",
        "Please confirm",
        Field("ok", "boolean")
    );

    private static readonly Question s_roots = new("client_roots", "roots/list", []);

    public static IEnumerable<Tool> All() =>
        [
            Asking($"{Prefix}elicitation", "Hello", s_name),
            Asking(
                $"{Prefix}sampling",
                "Answered",
                Sample("capital_question", "What is the capital of France?", 100)
            ),
            Asking($"{Prefix}list_roots", "Roots", s_roots),
            Asking($"{Prefix}request_state", "state-ok", s_confirm),
            Asking($"{Prefix}tampered_state", "state-ok", s_confirm),
            Asking(
                $"{Prefix}multiple_inputs",
                "All of it",
                s_name,
                Sample("greeting", "Generate a greeting", 50),
                s_roots
            ),
            Asking("test_missing_capability", "Sampled", Sample("sample", "Anything", 10)),
            Asking("test_streaming_elicitation", "Confirmed", s_confirm),
            new($"{Prefix}multi_round", "Asks twice.", Tool.NoArguments, AskTwiceAsync),
            new($"{Prefix}capabilities", "Asks what it may.", Tool.NoArguments, AskAllowedAsync),
        ];

    public static Question Elicit(string key, string message, string schema) =>
        new(
            key,
            "elicitation/create",
            new() { ["message"] = message, ["requestedSchema"] = Json.Object(schema) }
        );

    public static Question Sample(string key, string prompt, int maxTokens)
    {
        var message = new JsonObject { ["role"] = "user", ["content"] = Json.TextBlock(prompt) };
        return new(
            key,
            "sampling/createMessage",
            new() { ["messages"] = new JsonArray(message), ["maxTokens"] = maxTokens }
        );
    }

    /// <summary>The content of the prompt that asks.</summary>
    public static async Task<JsonObject> ContextAsync(
        Turn turn,
        CancellationToken cancellationToken
    )
    {
        const string Message = "What context should the prompt use?";
        var question = Elicit("user_context", Message, Field("context", "string"));
        var answer = await turn.AskAsync(question, cancellationToken);
        return Json.TextBlock($"Context: {answer["content"]?.ToJsonString()}");
    }

    private static Tool Asking(string name, string text, params Question[] questions) =>
        new(
            name,
            "Asks the client before it answers.",
            Tool.NoArguments,
            async (call, token) =>
            {
                var answers = await call.Turn.AskAsync([.. questions.Select(Copy)], token);
                var said = string.Join(", ", answers.Select(answer => answer.ToJsonString()));
                return Json.Text($"{text}: {said}");
            }
        );

    private static async Task<JsonObject> AskTwiceAsync(
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        var name = await call.Turn.AskAsync(
            Elicit("step1", "Step 1: What is your name?", Field("name", "string")),
            cancellationToken
        );
        var color = await call.Turn.AskAsync(
            Elicit("step2", "Step 2: What is your favorite color?", Field("color", "string")),
            cancellationToken
        );
        return Json.Text($"{name.ToJsonString()} {color.ToJsonString()}");
    }

    private static async Task<JsonObject> AskAllowedAsync(
        ToolCall call,
        CancellationToken cancellationToken
    )
    {
        Question[] all = [s_name, Sample("greeting", "Generate a greeting", 50), s_roots];
        var allowed = all.Where(one => call.Turn.Capabilities.ContainsKey(one.Capability));
        var answers = await call.Turn.AskAsync([.. allowed.Select(Copy)], cancellationToken);
        return Json.Text($"{answers.Length} answers");
    }

    // A node has one parent: what is sent must be a copy.
    private static Question Copy(Question question) =>
        question with
        {
            Parameters = question.Parameters.DeepClone().AsObject(),
        };

    private static string Field(string name, string type) =>
        new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [name] = new JsonObject { ["type"] = type } },
            ["required"] = new JsonArray(name),
        }.ToJsonString();
}
