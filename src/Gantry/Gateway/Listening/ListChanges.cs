using Gantry.Gateway.Aggregate.Lists;
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
        foreach (var kind in ListKinds.All.Where(kind => kind is not ListKind.Templates))
        {
            // Only a server that announced such notifications may send them.
            if (kind.IsAnnounced(handshake))
            {
                session.Send(Message(kind));
            }
        }
    }

    public static Frame Message(ListKind kind) =>
        Frame.Parse([.. "{\"jsonrpc\":\"2.0\",\"method\":\""u8, .. kind.Change(), .. "\"}"u8]);

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
}
