using Gantry.Config;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// The lists that are a session's own: because its instance is, or because the server sees whose
/// request it is. Until there is one, what another session's instance said
/// when it was new describes the server well enough, save for its resources, and for servers that
/// know who asks: those are asked.
/// </summary>
internal sealed class OwnLists(
    Router router,
    Catalogue catalogue,
    Announcer announcer,
    Seating seating,
    Patience patience,
    TimeProvider time
)
{
    public static bool AreOf(Desired server) =>
        server.Spec.Isolation is not Isolation.Shared || server.Spec.ForwardsAuthorization;

    public Listing? Find(Session session, Desired server, ListKind kind)
    {
        if (
            session.SeatAt(server.Name) is { } seat
            && (!seat.IsShared || server.Spec.ForwardsAuthorization)
        )
        {
            return seat.Lists.Find(kind);
        }

        return kind is ListKind.Resources ? null : Described(server, kind);
    }

    public async Task<Shelf> FetchAsync(
        Reader reader,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var wish = new Wish(server, kind, Seating.EnvelopeFor(reader.Envelope, server));
        try
        {
            return await patience.WaitAsync(
                token =>
                    reader.Caller is { } caller && server.Spec.Isolation is Isolation.Session
                        ? FetchAsync(caller, reader.Request, wish, token)
                        : FetchAsync(seating.SeatAt(reader.Session, server), wish, token),
                cancellationToken
            );
        }
        catch (TimeoutException)
        {
            return Missed(reader, kind, new(server.Name, null, "it did not answer in time.", true));
        }
        catch (Exception exception)
            when (exception is ServerUnavailableException or InstanceGoneException)
        {
            return Missed(reader, kind, new(server.Name, null, exception.Message, false));
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
        if (server.Spec.ForwardsAuthorization)
        {
            Renew([seat], server, connection);
            return;
        }

        catalogue.Meet(server, connection.Handshake);
        foreach (var kind in ListKinds.All)
        {
            var given = seat.Lists.Find(kind) ?? Described(server, kind);
            var isMissed = seat.Lists.TakeMissed(kind);
            if (given is null && !isMissed)
            {
                continue;
            }

            var wish = new Wish(server, kind, Envelope.Own);
            var shelf = await FetchAsync(seat, connection, wish, cancellationToken);
            if (isMissed || (given is not null && shelf.Listing?.SaysTheSame(given) is false))
            {
                announcer.Tell(seat.Session, server.Name, kind);
            }
        }
    }

    /// <summary>An instance is there that only its callers can ask, as they keep their credentials
    /// to themselves: they are told to do so.</summary>
    public void Renew(IEnumerable<Seat> seats, Desired server, IConnection connection)
    {
        catalogue.Meet(server, connection.Handshake);
        foreach (var seat in seats.Where(one => one.Session.Target is Target.Several))
        {
            foreach (var kind in ListKinds.All)
            {
                var isOld = seat.Lists.ForgetBut(connection.Instance, kind);
                if (seat.Lists.TakeMissed(kind) || isOld)
                {
                    announcer.Tell(seat.Session, server.Name, kind);
                }
            }
        }
    }

    private Listing? Described(Desired server, ListKind kind) =>
        server.Spec.KnowsCallers ? null : catalogue.Find(server).Lists.GetValueOrDefault(kind);

    // Who was only lent an instance hears of it no more: the next may well be another.
    private static Shelf Missed(Reader reader, ListKind kind, Shelf shelf)
    {
        if (reader.Session.SeatAt(shelf.Server) is not { } seat)
        {
            return shelf with { IsComing = false };
        }

        seat.Lists.Miss(kind);
        return shelf;
    }

    private async Task<Shelf> FetchAsync(
        Caller caller,
        Frame request,
        Wish wish,
        CancellationToken cancellationToken
    )
    {
        var lease = await seating.BorrowAsync(caller, wish.Server, request, cancellationToken);
        var isSound = false;
        try
        {
            var shelf = await FetchAsync(lease.Seat, wish, cancellationToken);
            isSound = true;
            return shelf;
        }
        finally
        {
            seating.GiveBack(lease, isSound);
        }
    }

    private async Task<Shelf> FetchAsync(Seat seat, Wish wish, CancellationToken cancellationToken)
    {
        var route = seat.Route;
        var connection = router.Pick(route) ?? await router.WaitAsync(route, cancellationToken);
        return await FetchAsync(seat, connection, wish, cancellationToken);
    }

    private async Task<Shelf> FetchAsync(
        Seat seat,
        IConnection connection,
        Wish wish,
        CancellationToken cancellationToken
    )
    {
        var (server, kind, envelope) = wish;
        catalogue.Meet(server, connection.Handshake);
        var now = time.GetUtcNow();
        var listing = kind.IsOffered(connection.Handshake)
            ? await ListRequests.ListAsync(connection, envelope, kind, now, cancellationToken)
            : Listing.Empty;
        seat.Lists.Keep(kind, listing, connection.Instance);
        if (
            kind is not ListKind.Resources
            && !server.Spec.KnowsCallers
            && !catalogue.Find(server).Lists.ContainsKey(kind)
        )
        {
            catalogue.Keep(server, kind, listing);
        }

        return Shelf.Of(server.Name, listing);
    }

    /// <param name="Envelope">On whose behalf it is fetched.</param>
    private readonly record struct Wish(Desired Server, ListKind Kind, Envelope Envelope);
}
