using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>Holds a server to the tools that its configuration leaves it: the others are as if it had
/// none of that name.</summary>
internal static class ToolFilter
{
    /// <summary>The whole answer to a call of what is denied; null for all else.</summary>
    public static byte[]? Refuse(Exchange exchange, NameRules rules)
    {
        var request = exchange.Request;
        if (
            rules.AreNone
            || !request.IsMethod("tools/call"u8)
            || FrameText.Text(request.Written(request.Name)) is not { } tool
            || rules.Permits(tool)
        )
        {
            return null;
        }

        return RpcText.Error(
            request[request.Id],
            RpcText.InvalidParams,
            $"Unknown tool: {request.Text(request.Name)}"
        );
    }

    /// <summary>A list without what is denied, in the place of the server's.</summary>
    public static Frame Apply(Exchange exchange, NameRules rules, Frame response)
    {
        if (
            rules.AreNone
            || response.IsError
            || !exchange.Request.IsMethod("tools/list"u8)
            || SlotOf(response) is not { IsEmpty: false } list
        )
        {
            return response;
        }

        var body = response[response.Body];
        var kept = Page.ReadEntries(body[list.Start..list.End], ListKind.Tools)
            .Where(tool => rules.Permits(tool.Key));
        return response.WithBody([.. body[..list.Start], .. Join(kept), .. body[list.End..]]);
    }

    // Within the body.
    private static Slot SlotOf(Frame response)
    {
        var body = response[response.Body];
        var list = FrameText.Member(body, ListKind.Tools.Member());
        return !list.IsEmpty && body.Overlaps(list, out var start)
            ? new(start, list.Length)
            : default;
    }

    private static byte[] Join(IEnumerable<Entry> tools)
    {
        var output = new MemoryStream();
        output.WriteByte((byte)'[');
        foreach (var tool in tools)
        {
            output.Write(output.Length > 1 ? ","u8 : default);
            output.Write(tool.Json.Span);
        }

        output.WriteByte((byte)']');
        return output.ToArray();
    }
}
