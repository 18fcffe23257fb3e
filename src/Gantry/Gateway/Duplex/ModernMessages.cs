using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Serves requests of clients without sessions, where no headers repeat what they say.
/// </summary>
internal sealed class ModernMessages(ModernEntry entry)
{
    /// <summary>Takes the request over.</summary>
    public async Task ServeAsync(
        Target target,
        Envelope envelope,
        Frame request,
        StreamReply reply,
        CancellationToken cancelled
    )
    {
        if (RequestHeaders.CheckMessage(request) is { } refusal)
        {
            await RefuseAsync(request, reply, refusal);
        }
        else
        {
            await entry.ServeAsync(target, envelope, request, reply, cancelled);
        }
    }

    private static async Task RefuseAsync(Frame request, StreamReply reply, Rejection refusal)
    {
        using (request)
        {
            var id = request[request.Id];
            await reply.FinishAsync(
                RpcText.Error(id, refusal.Code, refusal.Message, refusal.Details)
            );
        }
    }
}
