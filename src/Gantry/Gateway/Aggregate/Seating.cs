using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>Gives a request to several servers its seat at the one that it is for.</summary>
internal sealed class Seating(SessionTable sessions, Leases leases, Tuning tuning)
{
    /// <exception cref="ServerUnavailableException">It has no place for it.</exception>
    public async ValueTask TakeAsync(Exchange exchange, Desired server, CancellationToken aborted)
    {
        exchange.Envelope = EnvelopeFor(exchange.Envelope, server);
        if (exchange.Caller is { } caller && server.Spec.Isolation is Isolation.Session)
        {
            var opening = exchange.BeginOpening(aborted);
            exchange.MoveTo(await BorrowAsync(caller, server, exchange.Request, opening));
            return;
        }

        var seat = SeatAt(exchange.Session, server);
        exchange.Seat = seat;
        if (exchange.Session.LogLevel is { } level)
        {
            seat.Upstairs.SetLevel(level);
        }
    }

    /// <summary>What goes along to this one of several servers: the caller's own header only where
    /// its configuration says so.</summary>
    public static Envelope EnvelopeFor(Envelope envelope, Desired server) =>
        envelope.ForwardedAuthorization is null || server.Spec.ForwardsAuthorization
            ? envelope
            : envelope with
            {
                ForwardedAuthorization = null,
            };

    /// <summary>The seat of a session there.</summary>
    public Seat SeatAt(Session session, Desired server) =>
        sessions.SeatAt(session, server.Name, server.Spec.Isolation);

    /// <summary>An instance for a request of somebody without a session, ready for it.</summary>
    /// <exception cref="ServerUnavailableException">There is none.</exception>
    /// <exception cref="InstanceGoneException">It ended meanwhile.</exception>
    public async ValueTask<Lease> BorrowAsync(
        Caller caller,
        Desired server,
        Frame request,
        CancellationToken cancellationToken
    )
    {
        var lease = await leases.RentAsync(caller, server.Name, request, cancellationToken);
        var isReady = false;
        try
        {
            await tuning.PrepareAsync(lease, request, cancellationToken);
            isReady = true;
            return lease;
        }
        finally
        {
            if (!isReady)
            {
                GiveBack(lease, isSound: false);
            }
        }
    }

    /// <summary>Whether one could be borrowed that is there already.</summary>
    public bool CanBorrow(Caller caller, Desired server, Frame request) =>
        leases.HasIdle(caller, server.Name, request);

    /// <param name="isSound">Whether it did what it was asked.</param>
    public void GiveBack(Lease lease, bool isSound)
    {
        if (isSound)
        {
            leases.Return(lease);
        }
        else
        {
            leases.Discard(lease, "its call did not end as it should");
        }
    }
}
