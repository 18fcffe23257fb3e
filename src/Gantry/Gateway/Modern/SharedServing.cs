using Gantry.Gateway.Calls;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Serves requests that stand alone at instances that many requests share.</summary>
internal sealed class SharedServing(Router router, SessionTable sessions, Serving serving)
{
    /// <summary>Takes the request over.</summary>
    /// <exception cref="ServerUnavailableException">No instance could take it.</exception>
    /// <exception cref="InstanceGoneException">It ended meanwhile.</exception>
    public Task ServeAsync<TReply>(
        Arrival arrival,
        Destination destination,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var (caller, envelope, request) = arrival;
        var seat = caller.SeatAt(destination.Server, destination.Isolation, sessions);
        if (request.IsMethod("server/discover"u8))
        {
            return DiscoverAsync(seat, request, reply, aborted);
        }

        var exchange = new Exchange(seat.Session, request)
        {
            Seat = seat,
            CanStream = true,
            LastSign = sessions.Now,
            Envelope = envelope,
        };
        if (seat.Session.Begin(exchange) is null)
        {
            throw new ServerUnavailableException("Too many calls are in flight.");
        }

        return serving.ServeAsync(exchange, reply, aborted);
    }

    /// <summary>Answers <c>server/discover</c>, and takes the request over.</summary>
    /// <exception cref="ServerUnavailableException">There is no instance.</exception>
    public async Task DiscoverAsync<TReply>(
        Seat seat,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var connection = router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, aborted);
        using (request)
        {
            await reply.FinishAsync(Discovery.Answer(request, seat, connection.Handshake));
        }
    }
}
