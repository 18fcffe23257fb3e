using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes one message of a client that has no session.</summary>
internal sealed class ModernPost(ModernEntry entry)
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
            await entry.ServeAsync(server, EnvelopeOf(context), message, reply, aborted);
        }
    }

    // No list, and no query over the headers, for the many requests that have none of these.
    private static Envelope EnvelopeOf(HttpContext context)
    {
        List<KeyValuePair<string, string>>? parameters = null;
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name.StartsWith(RequestHeaders.Parameter, StringComparison.OrdinalIgnoreCase))
            {
                parameters ??= [];
                parameters.Add(new(name, value.ToString()));
            }
        }

        return parameters is null
            ? Envelope.Own
            : Envelope.Own with
            {
                ParameterHeaders = [.. parameters],
            };
    }

    private static async Task RefuseAsync(ModernReply reply, Frame message, Refusal refusal)
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
