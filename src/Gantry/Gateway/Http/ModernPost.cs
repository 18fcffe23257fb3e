using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes one message of a client that has no session.</summary>
internal sealed class ModernPost(ModernEntry entry, Envelopes envelopes, Forwarding forwarding)
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
        else if (await IsServedElsewhereAsync(context, target, message))
        {
            message.Dispose();
        }
        else if (target is not Target.Server { Name: var server })
        {
            await RefuseAsync(
                reply,
                message,
                new(RpcText.InternalError, "This address serves clients with sessions only.")
            );
        }
        else
        {
            var aborted = context.RequestAborted;
            await entry.ServeAsync(
                server,
                envelopes.WithParameters(context, target),
                message,
                reply,
                aborted
            );
        }
    }

    // What cannot be reached is gone, and a request that needs it is answered so here.
    private Task<bool> IsServedElsewhereAsync(HttpContext context, Target target, Frame message) =>
        !forwarding.IsAlone
        && Keepsakes.NameIn(message) is { } name
        && forwarding.HolderOf(context, name) is { } holder
            ? forwarding.TryAsync(context, holder, new(target, Transport.Streamable), message.Utf8)
            : Task.FromResult(false);

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
