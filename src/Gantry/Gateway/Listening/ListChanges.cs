using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// Tells a client that a new instance may offer other things than the one it replaced, so that it
/// lists them again.
/// </summary>
internal static class ListChanges
{
    public static void Send(Session session, Handshake handshake)
    {
        var capabilities = FrameText.Member(handshake.Result.Span, "capabilities"u8);
        SendIf(session, capabilities, "tools"u8, "notifications/tools/list_changed"u8);
        SendIf(session, capabilities, "prompts"u8, "notifications/prompts/list_changed"u8);
        SendIf(session, capabilities, "resources"u8, "notifications/resources/list_changed"u8);
    }

    /// <summary>Which lists are not what they were; none when the frame says nothing such.</summary>
    public static IEnumerable<ListKind> Of(Frame frame) =>
        ListKinds.All.Where(kind => frame.IsMethod(kind.Change()));

    public static void Forget(SeatLists lists, Frame frame)
    {
        foreach (var kind in Of(frame))
        {
            lists.Forget(kind);
        }
    }

    // Only a server that announced such notifications may send them.
    private static void SendIf(
        Session session,
        ReadOnlySpan<byte> capabilities,
        ReadOnlySpan<byte> capability,
        ReadOnlySpan<byte> method
    )
    {
        var announced = FrameText.Member(
            FrameText.Member(capabilities, capability),
            "listChanged"u8
        );
        if (announced.SequenceEqual("true"u8))
        {
            session.Send(
                Frame.Parse([.. "{\"jsonrpc\":\"2.0\",\"method\":\""u8, .. method, .. "\"}"u8])
            );
        }
    }
}
