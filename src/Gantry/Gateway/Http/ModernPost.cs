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

        return forwarding.IsAlone || Keepsakes.NameIn(message) is not { } name
            ? ServeHereAsync(context, target, message, reply)
            : ServeAsync(context, target, message, reply, name);
    }

    private Task ServeHereAsync(
        HttpContext context,
        Target target,
        Frame message,
        ModernReply reply
    ) =>
        entry.ServeAsync(
            target,
            envelopes.WithParameters(context, target),
            message,
            reply,
            context.RequestAborted
        );

    // What cannot be reached is gone, and a request that needs it is answered so here.
    private async Task ServeAsync(
        HttpContext context,
        Target target,
        Frame message,
        ModernReply reply,
        string name
    )
    {
        var address = new Address(target, Transport.Streamable);
        if (
            forwarding.HolderOf(context, name) is { } holder
            && await forwarding.TryAsync(context, holder, address, message.Utf8)
        )
        {
            message.Dispose();
            return;
        }

        await ServeHereAsync(context, target, message, reply);
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
