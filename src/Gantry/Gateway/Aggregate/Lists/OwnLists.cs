using Gantry.Config;
using Gantry.Gateway.Listening;
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

    public Listing? Find(Reader reader, Desired server, ListKind kind)
    {
        if (LentTo(reader, server) is { } lists)
        {
            return kind is ListKind.Resources
                ? null
                : lists.Find(kind) ?? (lists.IsForgotten(kind) ? null : Described(server, kind));
        }

        if (
            reader.Session.SeatAt(server.Name) is { } seat
            && (!seat.IsShared || server.Spec.ForwardsAuthorization)
        )
        {
            return seat.Lists.Find(kind);
        }

        return kind is ListKind.Resources ? null : Described(server, kind);
    }

    /// <summary>Whether an instance is there to be lent; null for readers that are lent none.</summary>
    public bool? CanBorrow(Reader reader, Desired server) =>
        reader.Caller is { } caller && server.Spec.Isolation is Isolation.Session
            ? seating.CanBorrow(caller, server, reader.Request)
            : null;

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
                        ? FetchAsync(caller, reader, wish, token)
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

    /// <summary>A session's own instance is there, or one that is lent: its lists may be other ones
    /// than those that the client was given meanwhile.</summary>
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
            if (!isMissed && (given is null || seat.Lists.IsFrom(connection.Instance, kind)))
            {
                continue;
            }

            var wish = new Wish(server, kind, Envelope.Own);
            if (await TryFetchAsync(seat, connection, wish, cancellationToken) is { } listing)
            {
                // First: who is told asks at once, and elsewhere maybe for what describes it.
                Describe(server, kind, listing);
                if (isMissed || given?.SaysTheSame(listing) is false)
                {
                    Tell(seat, kind);
                }
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
                    Tell(seat, kind);
                }
            }
        }
    }

    // A session that was lent hears of nothing that all its caller's hear once.
    private void Tell(Seat seat, ListKind kind)
    {
        if (seat.Session.IsLent)
        {
            seat.Session.Send(ListChanges.Message(kind));
        }
        else
        {
            announcer.Tell(seat.Session, seat.Server, kind);
        }
    }

    private void Describe(Desired server, ListKind kind, Listing listing)
    {
        if (
            kind is not ListKind.Resources
            && !server.Spec.KnowsCallers
            && catalogue.Describe(server, kind, listing, time.GetUtcNow())
        )
        {
            announcer.Tell(server.Name, kind);
        }
    }

    // Null for readers that are lent none.
    private static SeatLists? LentTo(Reader reader, Desired server) =>
        reader.Caller is { } caller && server.Spec.Isolation is Isolation.Session
            ? caller.Listens.ListsAt(server.Name, Introductions.Of(reader.Request))
            : null;

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
        Reader reader,
        Wish wish,
        CancellationToken cancellationToken
    )
    {
        var (server, request) = (wish.Server, reader.Request);
        var lease = await seating.BorrowAsync(caller, server, request, cancellationToken);
        var isSound = false;
        try
        {
            // It may have been made for another client, and serve this one as well.
            var lists = LentTo(reader, server);
            var shelf = await FetchAsync(
                lease.Seat,
                wish with
                {
                    Lists = lists,
                },
                cancellationToken
            );
            isSound = true;
            return shelf;
        }
        finally
        {
            seating.GiveBack(lease, isSound);
        }
    }

    // What refuses to list leaves its client what it was given.
    private async Task<Listing?> TryFetchAsync(
        Seat seat,
        IConnection connection,
        Wish wish,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await FetchAsync(seat, connection, wish, cancellationToken)).Listing;
        }
        catch (ServerUnavailableException)
        {
            return null;
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
        var (server, kind, envelope) = (wish.Server, wish.Kind, wish.Envelope);
        catalogue.Meet(server, connection.Handshake);
        var now = time.GetUtcNow();
        var listing = kind.IsOffered(connection.Handshake)
            ? await ListRequests.ListAsync(connection, envelope, kind, now, cancellationToken)
            : Listing.Empty;
        (wish.Lists ?? seat.Lists).Keep(kind, listing, connection.Instance);
        if (
            kind is not ListKind.Resources
            && !server.Spec.KnowsCallers
            && !catalogue.Find(server).Lists.ContainsKey(kind)
        )
        {
            catalogue.Describe(server, kind, listing, now);
        }

        return Shelf.Of(server.Name, listing);
    }

    /// <param name="Envelope">On whose behalf it is fetched.</param>
    private readonly record struct Wish(Desired Server, ListKind Kind, Envelope Envelope)
    {
        /// <summary>Where it is kept; null for where the seat does.</summary>
        public SeatLists? Lists { get; init; }
    }
}
