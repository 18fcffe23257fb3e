using System.Text.Json.Nodes;

namespace Gantry.TestServer.Conformance;

/// <summary>The fixture's tools that make something change, or log on demand.</summary>
internal static class TriggerTools
{
    private const string Headers = """
        {
          "type": "object",
          "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "query": {"type": "string"}
          },
          "required": ["region"]
        }
        """;

    private const string Uri = """
        {"type": "object", "properties": {"uri": {"type": "string"}}, "required": ["uri"]}
        """;

    public static IEnumerable<Tool> All(Changes changes) =>
        [
            Trigger("test_trigger_tool_change", () => changes.ListChanged("tools")),
            Trigger("test_trigger_prompt_change", () => changes.ListChanged("prompts")),
            new(
                "test_trigger_resource_update",
                "Says that a resource changed.",
                Uri,
                call =>
                {
                    changes.ResourceUpdated(call.Arguments.String("uri"));
                    return Json.Text("said");
                }
            ),
            new("test_logging_tool", "Sends a log message.", Tool.NoArguments, Log),
            new(
                "test_custom_headers",
                "Has an argument that also travels in a header.",
                Headers,
                call => Json.Text(call.Arguments.String("region"))
            ),
        ];

    private static Tool Trigger(string name, Action change) =>
        new(
            name,
            "Says that a list changed.",
            Tool.NoArguments,
            _ =>
            {
                change();
                return Json.Text("said");
            }
        );

    private static JsonObject Log(ToolCall call)
    {
        call.Turn.Log("info", "The logging tool was called");
        return Json.Text("logged");
    }
}
