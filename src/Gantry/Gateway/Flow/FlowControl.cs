using Gantry.Config;
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

    /// <summary>Sends a request when its turn comes, unless it can be answered without.</summary>
    /// <exception cref="ServerUnavailableException">Its turn did not come.</exception>
    public async ValueTask<Opened> SendAsync(
        Lane lane,
        Exchange exchange,
        ServerRoute route,
        Func<Exchange, CancellationToken, ValueTask<Opened>> send,
        CancellationToken aborted
    )
    {
        if (lane.Reads && await AnswerAsync(lane, exchange, aborted) is { } answer)
        {
            return new(answer);
        }

        // What lasts as long as its client wants it does not stand in anybody's way.
        if (
            lane.Turnstile is not { } turnstile
            || exchange.Request.IsMethod("subscriptions/listen"u8)
        )
        {
            return await send(exchange, aborted);
        }

        await turns.EnterAsync(exchange, lane, turnstile, route, aborted);
        Call? call = null;
        try
        {
            var opened = await send(exchange, aborted);
            call = opened.Call;
            call?.LeaveWhenDone(turnstile);
            return opened;
        }
        finally
        {
            if (call is null)
            {
                turnstile.Leave();
            }
        }
    }

    /// <summary>A server says that what it answered may not hold any more, or is another one.
    /// </summary>
    public void Forget(ServerName server) => lanes.Of(server)?.Memory?.Forget();

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
