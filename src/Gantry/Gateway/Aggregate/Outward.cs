using Gantry.Config;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// What one of several servers says, in the names that their client uses: its URIs and tasks can be
/// asked for as they stand there, and an error says whose it is.
/// </summary>
internal static class Outward
{
    private const char BeforeTask = ':';

    /// <summary>Splices what belongs to a call; most of it stays as it is.</summary>
    public static void Shape(ServerName server, Frame frame)
    {
        if (frame.IsError)
        {
            NameServer(server, frame);
        }
        else if (HasNames(frame) && Mentions.MayHaveAny(frame[frame.Body]))
        {
            foreach (var (spot, slot, value) in Mentions.Find(frame[frame.Body], Part.Result))
            {
                if (Mapped(server, spot, value) is { } mapped)
                {
                    frame.Splice(new(frame.Body.Start + slot.Start, slot.Length), mapped);
                }
            }
        }
    }

    /// <summary>The same for what belongs to no call, as a frame of its own.</summary>
    public static Frame Anew(ServerName server, Frame frame)
    {
        var utf8 = frame.Utf8.Span;
        if (!HasNames(frame) || frame.Body.IsEmpty)
        {
            return Translated(utf8);
        }

        var body = Mentions.Replace(
            frame[frame.Body],
            Part.Result,
            (spot, value) => Mapped(server, spot, value)
        );
        return Translated([.. utf8[..frame.Body.Start], .. body, .. utf8[frame.Body.End..]]);
    }

    /// <summary>Whose task it is, and what its server calls it; null when the id is none of ours.
    /// </summary>
    public static (ServerName Server, string Task)? FindTask(string id)
    {
        var at = id.IndexOf(BeforeTask);
        return at > 0 && ServerName.TryParse(id[..at], out var server)
            ? (server, id[(at + 1)..])
            : null;
    }

    /// <summary>A frame in which no name is to be mapped any more.</summary>
    public static Frame Translated(ReadOnlySpan<byte> utf8) => Frame.Parse(utf8).AsTranslated();

    // Of notifications only these; a log message may say what it likes.
    private static bool HasNames(Frame frame) =>
        frame.Kind is not FrameKind.Notification
        || frame.IsMethod("notifications/resources/updated"u8)
        || frame.IsMethod("notifications/tasks/status"u8)
        || frame.IsMethod("notifications/tasks"u8);

    private static byte[]? Mapped(ServerName server, Mention spot, string value) =>
        spot switch
        {
            Mention.Uri => Mentions.Json(Addresses.Map(server, value)),
            Mention.Task => Mentions.Json($"{server}{BeforeTask}{value}"),
            _ => null,
        };

    private static void NameServer(ServerName server, Frame error)
    {
        var message = FrameText.Member(error[error.Body], "message"u8);
        if (FrameText.Text(message) is { } text && error.Utf8.Span.Overlaps(message, out var start))
        {
            error.Splice(new(start, message.Length), Mentions.Json($"{server}: {text}"));
        }
    }
}
