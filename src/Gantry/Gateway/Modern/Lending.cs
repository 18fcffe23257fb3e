using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>Serves requests that stand alone each with an instance lent to it alone.</summary>
internal sealed class Lending(
    Router router,
    Leases leases,
    Parking parking,
    SharedServing shared,
    Serving serving,
    CoarseClock clock
)
{
    /// <summary>Takes the request over.</summary>
    /// <exception cref="ServerUnavailableException">No instance could take it.</exception>
    public async Task ServeAsync<TReply>(
        Caller caller,
        Envelope envelope,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var state = request.Text(request.RequestState);
        var parked = state is null ? null : parking.Take(state, caller.Text, request);
        var lease = parked?.Lease ?? await leases.RentAsync(caller, request, aborted);
        var isSound = false;
        try
        {
            isSound = await ServeAsync(new(lease, envelope, parked), request, reply, aborted);
        }
        finally
        {
            if (isSound)
            {
                leases.Return(lease);
            }
        }
    }

    // True when the instance can be lent again at once; otherwise somebody else has it.
    private async Task<bool> ServeAsync<TReply>(
        Loan loan,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var (lease, envelope, parked) = loan;
        var seat = lease.Seat;
        var isKept = false;
        try
        {
            if (request.IsMethod("server/discover"u8))
            {
                await shared.DiscoverAsync(seat, request, reply, aborted);
                return isKept = true;
            }

            var connection = router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, aborted);
            lease.IsForAnyClient = connection.Handshake.Dialect.HasRequestMeta;
            if (connection.Handshake.Dialect.HasSessions && parked is null)
            {
                await SetLevelAsync(lease, connection, request, aborted);
            }

            var exchange = new Exchange(seat.Session, request)
            {
                Seat = seat,
                CanStream = true,
                LastSign = clock.Now,
                Envelope = envelope,
                Lease = lease,
                Resumes = parked,
            };
            seat.Session.Begin(exchange);
            await serving.ServeAsync(exchange, reply, aborted);
            if (exchange.Parked is not null)
            {
                isKept = true;
                return false;
            }

            return isKept =
                !exchange.IsOver && exchange.Outcome is Outcome.Answered or Outcome.Refused;
        }
        finally
        {
            if (!isKept)
            {
                leases.Discard(lease, "its call did not end as it should");
            }
        }
    }

    private static async Task SetLevelAsync(
        Lease lease,
        IConnection connection,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Text(request.LogLevel) is not { } level
            || level == lease.LogLevel
            || FrameText.Member(Discovery.Capabilities(connection.Handshake), "logging"u8).IsEmpty
        )
        {
            return;
        }

        var set = Frame.Parse([
            .. "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"logging/setLevel\",\"params\":{\"level\":"u8,
            .. request[request.LogLevel],
            .. "}}"u8,
        ]);
        if (await connection.OpenAsync(set, lease.Session.Envelope, cancellationToken) is { } call)
        {
            using var answer = await call.ReadAsync();
            lease.LogLevel = level;
            call.Dispose();
        }
    }

    private readonly record struct Loan(Lease Lease, Envelope Envelope, ParkedCall? Parked);
}
