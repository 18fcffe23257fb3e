using System.Text;
using System.Text.Json.Nodes;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// What a request says of its client, as the params of the <c>initialize</c> that Gantry sends in
/// its name.
/// </summary>
internal static class Introductions
{
    private const string Tasks = "io.modelcontextprotocol/tasks";

    public static string Of(Frame request)
    {
        var capabilities = Text(request, request.ClientCapabilities);
        var name = request.ClientInfo.IsEmpty
            ? """{"name":"gantry","version":"0"}"""
            : Text(request, request.ClientInfo);
        return $$"""{"protocolVersion":"{{Dialect.NewestWithSessions}}","capabilities":{{Known(capabilities)}},"clientInfo":{{name}}}""";
    }

    // The tasks that came after sessions are not those of a session, whatever they are called.
    private static string Known(string capabilities)
    {
        if (
            !capabilities.Contains(Tasks, StringComparison.Ordinal)
            || JsonNode.Parse(capabilities) is not JsonObject all
            || all["extensions"] is not JsonObject extensions
        )
        {
            return capabilities;
        }

        extensions.Remove(Tasks);
        if (extensions.Count == 0)
        {
            all.Remove("extensions");
        }

        return all.ToJsonString();
    }

    private static string Text(Frame request, Slot slot) => Encoding.UTF8.GetString(request[slot]);
}
