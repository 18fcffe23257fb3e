using System.Diagnostics;
using Gantry.Gateway.Duplex;
using Gantry.Gateway.Routing;

namespace Gantry.Gateway.Http;

/// <summary>Hands a request to the transport whose address it came to.</summary>
internal sealed class Switchboard(
    StreamableEndpoint streamable,
    SseEndpoint sse,
    MessageEndpoint message,
    WebSocketEndpoint webSocket
)
{
    public Task HandleAsync(HttpContext context, Address address) =>
        address.Transport switch
        {
            Transport.Streamable => streamable.HandleAsync(context, address.Target),
            Transport.Sse => sse.HandleAsync(context, address.Target),
            // Where other bridges have their WebSocket.
            Transport.Message when IsUpgrade(context) => webSocket.HandleAsync(
                context,
                address.Target
            ),
            Transport.Message => message.HandleAsync(context, address.Target),
            Transport.WebSocket => webSocket.HandleAsync(context, address.Target),
            _ => throw new UnreachableException(),
        };

    private static bool IsUpgrade(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Upgrade.Count > 0;
}
