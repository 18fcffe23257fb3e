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
    public Task ServeAsync(HttpContext context, Target target, Accepted accepted, Frame message)
    {
        var reply = new ModernReply(context, accepted);
        if (RequestHeaders.Check(context.Request.Headers, message) is { } refusal)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return RefuseAsync(reply, message, refusal);
        }

        if (message.Kind is FrameKind.Notification)
        {
            // A client leaves to cancel, and Gantry watches no client's roots.
            message.Dispose();
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        }

        var envelope = envelopes.WithParameters(context, target);
        return entry.ServeAsync(target, envelope, message, reply, context.RequestAborted);
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
