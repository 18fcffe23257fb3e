using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// Which tools say of themselves that they read only and are idempotent; learnt from the lists that
/// pass by.
/// </summary>
internal sealed class ToolHints
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    private ImmutableHashSet<string> _repeatable = ImmutableHashSet.Create<string>(
        StringComparer.Ordinal
    );

    public bool IsRepeatable(string tool) => Volatile.Read(ref _repeatable).Contains(tool);

    public void Forget() => Volatile.Write(ref _repeatable, _repeatable.Clear());

    /// <summary>A later page adds to the earlier ones; a first page begins anew.</summary>
    public void Learn(Frame request, Frame response)
    {
        using var json = JsonDocument.Parse(response.Slice(response.Body), s_options);
        var known = request.Param("cursor"u8) is null
            ? _repeatable.Clear()
            : Volatile.Read(ref _repeatable);
        if (
            json.RootElement.ValueKind is JsonValueKind.Object
            && json.RootElement.TryGetProperty("tools", out var tools)
            && tools.ValueKind is JsonValueKind.Array
        )
        {
            known = known.Union(tools.EnumerateArray().Where(IsRepeatable).Select(Name));
        }

        Volatile.Write(ref _repeatable, known);
    }

    private static bool IsRepeatable(JsonElement tool) =>
        tool.ValueKind is JsonValueKind.Object
        && tool.TryGetProperty("annotations", out var hints)
        && hints.ValueKind is JsonValueKind.Object
        && IsTrue(hints, "readOnlyHint")
        && IsTrue(hints, "idempotentHint")
        && tool.TryGetProperty("name", out var name)
        && name.ValueKind is JsonValueKind.String;

    private static bool IsTrue(JsonElement hints, string name) =>
        hints.TryGetProperty(name, out var hint) && hint.ValueKind is JsonValueKind.True;

    private static string Name(JsonElement tool)
    {
        try
        {
            return tool.GetProperty("name").GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but no name that anybody could call.
            return "";
        }
    }
}
