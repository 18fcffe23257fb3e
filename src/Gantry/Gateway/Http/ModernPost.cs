using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes one message of a client that has no session.</summary>
internal sealed class ModernPost(ModernEntry entry, Envelopes envelopes)
{
    /// <summary>Whether it is meant for here: the header or the message itself says so.</summary>
    public static bool IsFor(Dialect? dialect, Frame frame) =>
        dialect is { HasSessions: false } || !frame.ProtocolVersion.IsEmpty;

    /// <summary>Takes the message over.</summary>
    public async Task ServeAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Frame message
    )
    {
        var reply = new ModernReply(context, accepted);
        if (RequestHeaders.Check(context.Request.Headers, message) is { } refusal)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await RefuseAsync(reply, message, refusal);
        }
        else if (message.Kind is FrameKind.Notification)
        {
            // A client leaves to cancel, and Gantry watches no client's roots.
            message.Dispose();
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        else
        {
            var aborted = context.RequestAborted;
            await entry.ServeAsync(
                target,
                envelopes.WithParameters(context, target),
                message,
                reply,
                aborted
            );
        }
    }

    private static async Task RefuseAsync(ModernReply reply, Frame message, Rejection refusal)
    {
        using (message)
        {
            var id = message[message.Id];
            await reply.FinishAsync(
                RpcText.Error(id, refusal.Code, refusal.Message, refusal.Details)
            );
        }
    }
}
