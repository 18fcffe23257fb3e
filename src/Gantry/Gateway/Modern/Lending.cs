using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Serves requests that stand alone each with an instance lent to it alone.</summary>
internal sealed class Lending(
    Leases leases,
    Tuning tuning,
    Parking parking,
    SharedServing shared,
    Serving serving,
    CoarseClock clock
)
{
    /// <summary>Takes the request over.</summary>
    /// <exception cref="ServerUnavailableException">No instance could take it.</exception>
    public async Task ServeAsync<TReply>(
        Arrival arrival,
        ServerName server,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var (caller, envelope, request) = arrival;
        var state = request.Text(request.RequestState);
        var parked = state is null ? null : parking.Take(state, caller.Text, request);
        var lease = parked?.Lease ?? await leases.RentAsync(caller, server, request, aborted);
        var exchange = new Exchange(lease.Session, request)
        {
            Seat = lease.Seat,
            CanStream = true,
            LastSign = clock.Now,
            Envelope = envelope,
            Lease = lease,
            Resumes = parked,
        };
        try
        {
            await ServeAsync(exchange, lease, reply, aborted);
        }
        finally
        {
            leases.Settle(exchange);
        }
    }

    private async Task ServeAsync<TReply>(
        Exchange exchange,
        Lease lease,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var request = exchange.Request;
        if (request.IsMethod("server/discover"u8))
        {
            await shared.DiscoverAsync(lease.Seat, request, reply, aborted);
            exchange.Outcome = Outcome.Answered;
            return;
        }

        if (exchange.Resumes is null)
        {
            await tuning.PrepareAsync(lease, request, aborted);
        }

        exchange.Session.Begin(exchange);
        await serving.ServeAsync(exchange, reply, aborted);
    }
}
