using System.Text;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// What an instance sends besides answers that all share, or all clients of a principal. Nobody can
/// tell for whom it is, so only what is for everybody, or was subscribed to, reaches clients; the rest goes to the server's log.
/// </summary>
/// <param name="changed">Called when answers that were given may not hold any more.</param>
internal sealed class SharedLine(
    Instance instance,
    IConnection connection,
    SessionTable sessions,
    ListWatch lists,
    MessageLog log,
    Action changed
)
{
    private const int MaxLogText = 2_000;

    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (await connection.Unsolicited.WaitToReadAsync(cancellationToken))
        {
            while (connection.Unsolicited.TryRead(out var frame))
            {
                using (frame)
                {
                    await TakeAsync(frame, cancellationToken);
                }
            }
        }
    }

    /// <summary>Takes over a change that came on a stream of its own.</summary>
    public void Hear(Frame change)
    {
        using (change)
        {
            Doubt(change);
            Spread(change, change.Text(change.Uri));
        }
    }

    private async ValueTask TakeAsync(Frame frame, CancellationToken cancellationToken)
    {
        if (frame.Kind is FrameKind.Request)
        {
            await AnswerAsync(frame, cancellationToken);
        }
        else if (IsListChanged(frame))
        {
            Doubt(frame);
            Spread(frame, uri: null);
        }
        else if (frame.IsMethod("notifications/resources/updated"u8))
        {
            changed();
            Spread(frame, frame.Text(frame.Uri));
        }
        else if (!frame.IsMethod("notifications/progress"u8))
        {
            log.Append(instance.Server, connection.Instance, Describe(frame));
        }
    }

    // It was told that its client can do nothing, and may ask all the same.
    private async ValueTask AnswerAsync(Frame frame, CancellationToken cancellationToken)
    {
        var id = frame[frame.Id];
        using var answer = Frame.Parse(
            frame.IsMethod("ping"u8)
                ? RpcText.Result(id, "{}"u8)
                : RpcText.Error(
                    id,
                    RpcText.MethodNotFound,
                    "This server is shared by many clients, so none of them can be asked. "
                        + "Set 'isolation: session' to give each client an instance of its own."
                )
        );
        await connection.SendAsync(answer, cancellationToken);
    }

    // Forgotten first: whoever is told asks again at once.
    private void Doubt(Frame change)
    {
        changed();
        foreach (var seat in sessions.SeatsAt(instance.Server, instance.Session))
        {
            ListChanges.Forget(seat.Lists, change);
        }

        lists.Doubt(instance, change);
        lists.Doubt(connection, change);
    }

    private void Spread(Frame frame, string? uri)
    {
        foreach (var seat in sessions.SeatsAt(instance.Server, instance.Session))
        {
            // Clients of several servers are told of changed lists once for all of them, unless the
            // list is their principal's own.
            var isJoined = seat.Session.Target is Target.Several;
            if (uri is null ? !isJoined || !seat.IsShared : seat.Subscriptions.Covers(uri))
            {
                seat.Session.Send(
                    isJoined ? Outward.Anew(instance.Server, frame) : Frame.Parse(frame.Utf8.Span)
                );
            }
        }
    }

    private static bool IsListChanged(Frame frame) => ListChanges.Of(frame).Any();

    private static string Describe(Frame frame)
    {
        if (!frame.IsMethod("notifications/message"u8))
        {
            return Cut(frame.Utf8.Span);
        }

        var data = FrameText.Member(frame[frame.Body], "data"u8);
        var level = frame.Param("level"u8) ?? "info";
        return $"{level}: {Cut(data)}";
    }

    private static string Cut(ReadOnlySpan<byte> utf8) =>
        Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxLogText)]);
}
