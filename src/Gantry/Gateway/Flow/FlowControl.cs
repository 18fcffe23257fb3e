using Gantry.Config;
using Gantry.Flow;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>Holds the calls to a server, and its results, to what its configuration says.</summary>
internal sealed class FlowControl(Lanes lanes, Turns turns, KeptResults kept, TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>Null for a server that nothing was said about.</summary>
    public Lane? LaneOf(Seat seat) => lanes.Of(seat.Server);

    /// <summary>
    /// Waits until it is the request's turn at the server, which <see cref="Leave"/> ends; or gives
    /// the answer, when there is one without a call.
    /// </summary>
    /// <exception cref="ServerUnavailableException">Its turn did not come.</exception>
    public async ValueTask<byte[]?> EnterAsync(
        Lane lane,
        Exchange exchange,
        ServerRoute route,
        CancellationToken aborted
    )
    {
        if (lane.Reads && await AnswerAsync(lane, exchange, aborted) is { } answer)
        {
            return answer;
        }

        if (TurnstileFor(lane, exchange) is { } turnstile)
        {
            await turns.EnterAsync(exchange, lane, turnstile, route, aborted);
        }

        return null;
    }

    /// <summary>Waits for another turn, for a call that goes on with the same request.</summary>
    /// <exception cref="ServerUnavailableException">Its turn did not come.</exception>
    public ValueTask EnterAgainAsync(
        Lane lane,
        Exchange exchange,
        ServerRoute route,
        CancellationToken aborted
    ) =>
        TurnstileFor(lane, exchange) is { } turnstile
            ? turns.EnterAsync(exchange, lane, turnstile, route, aborted)
            : default;

    /// <param name="call">Its end is the end of the turn; null when none was made.</param>
    public static void Leave(Lane lane, Exchange exchange, Call? call)
    {
        if (TurnstileFor(lane, exchange) is not { } turnstile)
        {
            return;
        }

        if (call is null)
        {
            turnstile.Leave();
        }
        else
        {
            call.LeaveWhenDone(turnstile);
        }
    }

    /// <summary>Holds the answer of a call that was begun for an earlier request to the same rules.
    /// </summary>
    public void Follow(Exchange exchange)
    {
        if (exchange.Seat is { } seat && LaneOf(seat) is { Reads: true } lane)
        {
            exchange.Crossing = new(lane, kept);
        }
    }

    /// <summary>A server says that what it answered may not hold any more, or is another one.
    /// </summary>
    public void Forget(ServerName server) => lanes.Of(server)?.Memory?.Forget();

    // What lasts as long as its client wants it does not stand in anybody's way.
    private static Turnstile? TurnstileFor(Lane lane, Exchange exchange) =>
        lane.Turnstile is { } turnstile && !exchange.Request.IsMethod("subscriptions/listen"u8)
            ? turnstile
            : null;

    private async ValueTask<byte[]?> AnswerAsync(
        Lane lane,
        Exchange exchange,
        CancellationToken aborted
    )
    {
        // Made once, also when the request is sent a second time.
        exchange.Crossing?.End();
        exchange.Crossing = new(lane, kept);
        return await exchange.Crossing.AnswerAsync(exchange, aborted);
    }
}
