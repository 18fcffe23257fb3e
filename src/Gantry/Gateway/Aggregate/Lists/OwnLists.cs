using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// The lists of a session's own instances. Until there is one, what another session's instance said
/// when it was new describes the server well enough, save for its resources: those are the
/// session's own, and its instance is started to be asked.
/// </summary>
internal sealed class OwnLists(
    Router router,
    Catalogue catalogue,
    Announcer announcer,
    Seating seating,
    GatewayLimits limits,
    TimeProvider time
)
{
    public Listing? Find(Session session, Desired server, ListKind kind)
    {
        if (session.SeatAt(server.Name) is { IsShared: false } seat)
        {
            return seat.Lists.Find(kind);
        }

        return kind is ListKind.Resources
            ? null
            : catalogue.Find(server).Lists.GetValueOrDefault(kind);
    }

    public async Task<Shelf> FetchAsync(
        Exchange exchange,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(limits.ListPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            cancellationToken
        );
        try
        {
            return exchange.Caller is { } caller && server.Spec.Isolation is Isolation.Session
                ? await FetchAsync(caller, exchange, server, kind, either.Token)
                : await FetchAsync(seating.SeatAt(exchange, server), server, kind, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return Missed(
                exchange,
                kind,
                new(server.Name, null, "it did not answer in time.", true)
            );
        }
        catch (Exception exception)
            when (exception is ServerUnavailableException or InstanceGoneException)
        {
            return Missed(exchange, kind, new(server.Name, null, exception.Message, false));
        }
    }

    /// <summary>A lent instance is there: it describes the server to those who come next.</summary>
    public void Meet(Desired server, IConnection connection) =>
        catalogue.Meet(server, connection.Handshake);

    /// <summary>The session's own instance is there: its lists may be other ones than those that
    /// the client was given meanwhile.</summary>
    public async Task MeetAsync(
        Seat seat,
        Desired server,
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        catalogue.Meet(server, connection.Handshake);
        foreach (var kind in ListKinds.All)
        {
            var given =
                seat.Lists.Find(kind) ?? catalogue.Find(server).Lists.GetValueOrDefault(kind);
            var isMissed = seat.Lists.TakeMissed(kind);
            if (given is null && !isMissed)
            {
                continue;
            }

            var shelf = await FetchAsync(seat, server, kind, connection, cancellationToken);
            if (isMissed || (given is not null && shelf.Listing?.SaysTheSame(given) is false))
            {
                announcer.Tell(seat.Session, server.Name, kind);
            }
        }
    }

    // Who was only lent an instance hears of it no more: the next may well be another.
    private static Shelf Missed(Exchange exchange, ListKind kind, Shelf shelf)
    {
        if (exchange.Session.SeatAt(shelf.Server) is not { } seat)
        {
            return shelf with { IsComing = false };
        }

        seat.Lists.Miss(kind);
        return shelf;
    }

    private async Task<Shelf> FetchAsync(
        Caller caller,
        Exchange exchange,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var request = exchange.Request;
        var lease = await seating.BorrowAsync(caller, server, request, cancellationToken);
        var isSound = false;
        try
        {
            var shelf = await FetchAsync(lease.Seat, server, kind, cancellationToken);
            isSound = true;
            return shelf;
        }
        finally
        {
            seating.GiveBack(lease, isSound);
        }
    }

    private async Task<Shelf> FetchAsync(
        Seat seat,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var route = seat.Route;
        var connection = router.Pick(route) ?? await router.WaitAsync(route, cancellationToken);
        return await FetchAsync(seat, server, kind, connection, cancellationToken);
    }

    private async Task<Shelf> FetchAsync(
        Seat seat,
        Desired server,
        ListKind kind,
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        catalogue.Meet(server, connection.Handshake);
        var listing = kind.IsOffered(connection.Handshake)
            ? await ListRequests.ListAsync(connection, kind, time.GetUtcNow(), cancellationToken)
            : Listing.Empty;
        seat.Lists.Keep(kind, listing);
        if (kind is not ListKind.Resources && !catalogue.Find(server).Lists.ContainsKey(kind))
        {
            catalogue.Keep(server, kind, listing);
        }

        return Shelf.Of(server.Name, listing);
    }
}
