using System.Globalization;
using System.Text.Json.Nodes;

namespace Gantry.EndToEnd.Harness;

/// <summary>A whole JSON-RPC answer to a tool call.</summary>
internal sealed record ToolAnswer(JsonObject Message)
{
    public bool IsRefused => Message.ContainsKey("error");

    /// <summary>The message of the JSON-RPC error.</summary>
    public string Refusal => Message["error"]?["message"]?.GetValue<string>() ?? "";

    /// <summary>The text of the first content block.</summary>
    public string Text =>
        Message["result"]?["content"]?[0]?["text"]?.GetValue<string>()
        ?? throw new InvalidOperationException(Message.ToJsonString());

    public int Number => int.Parse(Text, CultureInfo.InvariantCulture);
}
