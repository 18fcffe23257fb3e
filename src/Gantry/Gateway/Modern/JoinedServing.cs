using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Serves requests that stand alone at several servers as one.</summary>
internal sealed class JoinedServing(
    SessionTable sessions,
    Greeting greeting,
    JoinedListening listening,
    Parking parking,
    Leases leases,
    Serving serving
)
{
    /// <summary>Takes the request over.</summary>
    /// <exception cref="ServerUnavailableException">There are too many calls or sessions.</exception>
    public Task ServeAsync<TReply>(Arrival arrival, TReply reply, CancellationToken aborted)
        where TReply : IReply
    {
        var request = arrival.Request;
        return request.IsMethod("server/discover"u8) ? DiscoverAsync(arrival, reply)
            : request.IsMethod("subscriptions/listen"u8)
                ? listening.ServeAsync(arrival, reply, aborted)
            : CallAsync(arrival, reply, aborted);
    }

    private async Task DiscoverAsync<TReply>(Arrival arrival, TReply reply)
        where TReply : IReply
    {
        using var request = arrival.Request;
        var session = arrival.Caller.Session(sessions);
        await reply.FinishAsync(greeting.Discover(session, request));
    }

    private async Task CallAsync<TReply>(Arrival arrival, TReply reply, CancellationToken aborted)
        where TReply : IReply
    {
        var session = arrival.Caller.Session(sessions);
        var parked = FindParked(arrival);
        var exchange = new Exchange(parked?.Lease.Session ?? session, arrival.Request)
        {
            Seat = parked?.Lease.Seat,
            CanStream = true,
            LastSign = sessions.Now,
            Envelope = arrival.Envelope,
            Caller = arrival.Caller,
            Lease = parked?.Lease,
            Resumes = parked,
        };
        if (exchange.Session.Begin(exchange) is null)
        {
            throw new ServerUnavailableException("Too many calls are in flight.");
        }

        try
        {
            await serving.ServeAsync(exchange, reply, aborted);
        }
        finally
        {
            leases.Settle(exchange);
        }
    }

    private ParkedCall? FindParked(Arrival arrival)
    {
        var (caller, _, request) = arrival;
        return request.Text(request.RequestState) is { } state
            ? parking.Take(state, caller.Text, request)
            : null;
    }
}
