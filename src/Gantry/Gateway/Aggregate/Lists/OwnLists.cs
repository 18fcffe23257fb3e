using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
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
    SessionTable sessions,
    GatewayLimits limits,
    TimeProvider time
)
{
    public Listing? Find(Session session, Desired server, ListKind kind)
    {
        if (session.SeatAt(server.Name) is { IsAlone: true } seat)
        {
            return seat.Lists.Find(kind);
        }

        return kind is ListKind.Resources
            ? null
            : catalogue.Find(server).Lists.GetValueOrDefault(kind);
    }

    public async Task<Shelf> FetchAsync(
        Session session,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var seat = sessions.SeatAt(session, server.Name, server.Spec.Isolation);
        using var timeout = new CancellationTokenSource(limits.ListPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            cancellationToken
        );
        try
        {
            var connection =
                router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, either.Token);
            return await FetchAsync(seat, server, kind, connection, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            seat.Lists.Miss(kind);
            return new(server.Name, null, "it did not answer in time.", IsComing: true);
        }
        catch (Exception exception)
            when (exception is ServerUnavailableException or InstanceGoneException)
        {
            seat.Lists.Miss(kind);
            return new(server.Name, null, exception.Message, IsComing: false);
        }
    }

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
