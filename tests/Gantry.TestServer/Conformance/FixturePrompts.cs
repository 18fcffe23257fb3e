using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's prompts.</summary>
internal static class FixturePrompts
{
    private const string Listed = """
        {
          "prompts": [
            {"name": "test_simple_prompt", "description": "A prompt without arguments."},
            {
              "name": "test_prompt_with_arguments",
              "description": "A prompt with two arguments.",
              "arguments": [
                {"name": "arg1", "description": "First test argument", "required": true},
                {"name": "arg2", "description": "Second test argument", "required": true}
              ]
            },
            {
              "name": "test_prompt_with_embedded_resource",
              "description": "A prompt that holds a resource.",
              "arguments": [
                {"name": "resourceUri", "description": "Which resource", "required": true}
              ]
            },
            {"name": "test_prompt_with_image", "description": "A prompt that holds an image."},
            {
              "name": "test_input_required_result_prompt",
              "description": "A prompt that asks the client's user."
            }
          ]
        }
        """;

    public static void AddTo(Methods methods) =>
        methods.Add("prompts/list", _ => Json.Object(Listed)).Add("prompts/get", GetAsync);

    private static async Task<JsonObject> GetAsync(Turn turn, CancellationToken cancellationToken)
    {
        var name = turn.Parameters.String("name");
        var arguments = turn.Parameters["arguments"] as JsonObject ?? [];
        var content =
            name == "test_input_required_result_prompt"
                ? [await AskingTools.ContextAsync(turn, cancellationToken)]
                : Content(name, arguments);
        return Methods.List("messages", content.Select(Say));
    }

    private static JsonObject[] Content(string name, JsonObject arguments) =>
        name switch
        {
            "test_simple_prompt" => [Json.TextBlock("This is a simple prompt for testing.")],
            "test_prompt_with_arguments" =>
            [
                Json.TextBlock(
                    $"Prompt with arguments: arg1='{arguments.String("arg1")}', "
                        + $"arg2='{arguments.String("arg2")}'"
                ),
            ],
            "test_prompt_with_embedded_resource" =>
            [
                Samples.Resource(
                    arguments.String("resourceUri"),
                    "text/plain",
                    "Embedded resource content for testing."
                ),
                Json.TextBlock("Please process the embedded resource above."),
            ],
            "test_prompt_with_image" =>
            [
                Samples.Image(),
                Json.TextBlock("Please analyze the image above."),
            ],
            _ => throw new RefusedException(
                RefusedException.InvalidParams,
                $"Unknown prompt: {name}"
            ),
        };

    private static JsonObject Say(JsonObject content) =>
        new() { ["role"] = "user", ["content"] = content };
}
