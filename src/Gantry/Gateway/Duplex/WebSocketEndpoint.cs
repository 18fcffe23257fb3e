using System.Net.WebSockets;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Options;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// WebSocket, of which no revision speaks but which the SDKs have: subprotocol <c>mcp</c>, one
/// message per text message, one connection per session.
/// </summary>
internal sealed class WebSocketEndpoint(
    Conversations conversations,
    Envelopes envelopes,
    GatewayLimits limits,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    public const string Subprotocol = "mcp";

    /// <summary>How long the client may take to answer the close frame.</summary>
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    public Task HandleAsync(HttpContext context, Target target)
    {
        // Only here, so that no other request pays for the feature.
        var upgrade = new WebSocketMiddleware(
            upgraded => AcceptAsync(upgraded, target),
            Options.Create(new WebSocketOptions()),
            loggers
        );
        return upgrade.Invoke(context);
    }

    private Task AcceptAsync(HttpContext context, Target target)
    {
        var sockets = context.WebSockets;
        if (!sockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            return Refuse(
                context,
                StatusCodes.Status426UpgradeRequired,
                "Connect with a WebSocket, subprotocol 'mcp'."
            );
        }

        var offered = sockets.WebSocketRequestedProtocols;
        if (offered.Count > 0 && !offered.Contains(Subprotocol))
        {
            return Refuse(context, StatusCodes.Status400BadRequest, "Offer the subprotocol 'mcp'.");
        }

        return conversations.HasRoom
            ? ServeAsync(context, target, offered.Count > 0)
            : Refuse(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "There are too many streams. Try again later."
            );
    }

    private async Task ServeAsync(HttpContext context, Target target, bool namesProtocol)
    {
        var visit = new Visit(target, Admission.Of(context), CountsMessages: true)
        {
            Envelope = envelopes.OfMessage(context, target),
        };
        HttpText.AllowSlowReader(context);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext
            {
                SubProtocol = namesProtocol ? Subprotocol : null,
                KeepAliveInterval = limits.KeepAlive,
                KeepAliveTimeout = limits.PongTimeout,
            }
        );
        using var pace = new Pace(limits.StallTimeout, time);
        using var giveUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var reader = new WebSocketReader(socket, context, limits);
        Task<Farewell>? reading = null;
        var farewell = await conversations.HoldAsync(
            visit,
            new WebSocketCarrier(socket, pace),
            pace,
            conversation =>
            {
                reading = reader.ReadAsync(conversation, giveUp.Token);
                return UntilEitherEndsAsync(reading, conversation);
            }
        );
        giveUp.CancelAfter(s_goodbye);
        await CloseAsync(socket, farewell, giveUp.Token);
        await (reading ?? Task.CompletedTask);
        await reader.DrainAsync(giveUp.Token);
    }

    private static async Task<Farewell> UntilEitherEndsAsync(
        Task<Farewell> reading,
        Conversation conversation
    )
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = conversation.Outlet.Cut.Register(() => cut.TrySetResult());
        await Task.WhenAny(reading, cut.Task);
        return conversation.Outlet.Farewell ?? await reading;
    }

    private static async Task CloseAsync(
        WebSocket socket,
        Farewell farewell,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(farewell.Status, farewell.Reason, cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // It is gone without a goodbye.
        }
    }

    private static Task Refuse(HttpContext context, int status, string message) =>
        HttpText.RefuseAsync(context.Response, status, RpcText.ServerError, message);
}
