using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Serves requests of clients without sessions, where no headers repeat what they say.
/// </summary>
internal sealed class ModernMessages(ModernEntry entry, Detours detours)
{
    /// <summary>What came along with a message.</summary>
    /// <param name="context">Not kept: a message may outlive the request that brought it.</param>
    public Luggage LuggageOf(
        HttpContext context,
        Target target,
        Envelope envelope,
        Frame message
    ) => new(envelope, detours.Find(context, target, message));

    /// <summary>Takes the request over.</summary>
    public async Task ServeAsync(
        Target target,
        Luggage luggage,
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
            await RouteAsync(target, luggage, request, reply, cancelled);
        }
    }

    // What cannot be reached is gone, and a request that needs it is answered so here.
    private async Task RouteAsync(
        Target target,
        Luggage luggage,
        Frame request,
        StreamReply reply,
        CancellationToken cancelled
    )
    {
        if (
            luggage.Detour is { } detour
            && await detours.TryAsync(detour, request, reply.FinishAsync, cancelled)
        )
        {
            request.Dispose();
            return;
        }

        await entry.ServeAsync(target, luggage.Envelope, request, reply, cancelled);
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

/// <summary>What came along with a message of a stream.</summary>
/// <param name="Detour">How it reaches another replica; mostly null.</param>
internal readonly record struct Luggage(Envelope Envelope, Detour? Detour);
