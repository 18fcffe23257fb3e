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

internal sealed record ToolCall(JsonObject Arguments, JsonNode? ProgressToken);

/// <summary>Answers a request other than the handshake, from its <c>params</c>.</summary>
internal delegate Task<JsonObject> Method(
    JsonObject parameters,
    CancellationToken cancellationToken
);

/// <summary>The request cannot be served; becomes a JSON-RPC error.</summary>
internal sealed class RefusedException(int code, string message) : Exception(message)
{
    public const int UnknownMethod = -32601;
    public const int InvalidParams = -32602;

    public int Code => code;
}
