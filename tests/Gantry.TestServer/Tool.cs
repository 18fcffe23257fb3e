using System.Text.Json.Nodes;

namespace Gantry.TestServer;

/// <summary>A tool, and what it does when called.</summary>
internal sealed record Tool(
    string Name,
    string Description,
    string InputSchema,
    Func<ToolCall, CancellationToken, Task<JsonObject>> RunAsync
)
{
    public const string NoArguments = """{"type":"object","properties":{}}""";

    public Tool(string name, string description, string schema, Func<ToolCall, JsonObject> run)
        : this(name, description, schema, (call, _) => Task.FromResult(run(call))) { }

    public JsonObject Describe() =>
        new()
        {
            ["name"] = Name,
            ["description"] = Description,
            ["inputSchema"] = JsonNode.Parse(InputSchema),
        };
}

internal sealed record ToolCall(JsonObject Arguments, Turn Turn);

/// <summary>Answers a request.</summary>
internal delegate Task<JsonObject> Method(Turn turn, CancellationToken cancellationToken);

/// <summary>The request cannot be served; becomes a JSON-RPC error.</summary>
internal sealed class RefusedException(int code, string message) : Exception(message)
{
    public const int UnknownMethod = -32601;
    public const int InvalidParams = -32602;
    private const int MissingRequiredCapability = -32021;

    public int Code => code;

    /// <summary>The error's <c>data</c>; mostly none.</summary>
    public JsonObject? Details { get; init; }

    public static RefusedException MissingCapability(string capability) =>
        new(MissingRequiredCapability, $"The client does not declare {capability}.")
        {
            Details = new()
            {
                ["requiredCapabilities"] = new JsonObject { [capability] = new JsonObject() },
            },
        };
}
