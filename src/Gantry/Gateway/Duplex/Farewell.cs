using System.Net.WebSockets;

namespace Gantry.Gateway.Duplex;

/// <summary>Why a stream ends, for its client and for the log.</summary>
/// <param name="Status">As RFC 6455 numbers it.</param>
/// <param name="Reason">At most 123 bytes: a close frame holds no more.</param>
internal sealed record Farewell(WebSocketCloseStatus Status, string Reason)
{
    /// <summary>Not among the names of the framework (RFC 6455, registry: Try Again Later).</summary>
    private const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;

    /// <summary>The client closed it, politely or not.</summary>
    public static Farewell ByClient { get; } = new(WebSocketCloseStatus.NormalClosure, "");

    public static Farewell GoingAway { get; } =
        new(WebSocketCloseStatus.EndpointUnavailable, "Gantry is stopping.");

    public static Farewell NotText { get; } =
        new(WebSocketCloseStatus.InvalidMessageType, "Send text: one JSON-RPC message each.");

    public static Farewell Silent { get; } =
        new(WebSocketCloseStatus.PolicyViolation, "No 'initialize' came in time.");

    public static Farewell TooSlow { get; } =
        new(WebSocketCloseStatus.PolicyViolation, "You read too slowly: too much waits for you.");

    public static Farewell Stalled { get; } =
        new(WebSocketCloseStatus.PolicyViolation, "You stopped reading.");

    public static Farewell Unwelcome { get; } =
        new(WebSocketCloseStatus.PolicyViolation, "What you came in with is not valid any more.");

    public static Farewell TooBig(int limit) =>
        new(WebSocketCloseStatus.MessageTooBig, $"A message has at most {limit} bytes.");

    /// <param name="why">As the session's end was explained.</param>
    public static Farewell SessionOver(string why) =>
        new(TryAgainLater, $"The session is over: {why}. Connect again.");
}
