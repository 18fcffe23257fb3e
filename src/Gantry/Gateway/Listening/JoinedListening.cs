using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// Answers <c>subscriptions/listen</c> for several servers as one. Wakes none that is shared, unless
/// nobody knows yet who lists a URI: what sleeps does not change, and is asked to watch when it wakes.
/// </summary>
internal sealed class JoinedListening(
    Views views,
    Resources resources,
    Seating seating,
    SessionTable sessions,
    ListenServing listening,
    GatewayLimits limits
)
{
    private static ReadOnlySpan<byte> Capabilities =>
        """
        {"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true}}
        """u8;

    /// <summary>Takes the request over, and returns when the stream ends.</summary>
    /// <exception cref="ServerUnavailableException">There are too many sessions or calls.</exception>
    public async Task ServeAsync<TReply>(Arrival arrival, TReply reply, CancellationToken aborted)
        where TReply : IReply
    {
        var session = arrival.Caller.Session(sessions);
        var most = limits.MaxSubscriptionsPerSession;
        var stream = new ListenStream(arrival.Request, Capabilities, most);
        var lent = new Dictionary<ServerName, Lease>();
        try
        {
            var watches = ImmutableArray.CreateBuilder<Watch>();
            foreach (var told in stream.Uris)
            {
                if (await WatchAsync(arrival, told, lent, aborted) is { } watch)
                {
                    watches.Add(watch);
                }
                else
                {
                    stream.Drop(told);
                }
            }

            Hearing hearing = new(session, arrival, stream, watches.ToImmutable());
            await listening.ServeAsync(hearing, reply, aborted);
        }
        finally
        {
            foreach (var (_, lease) in lent)
            {
                seating.GiveBack(lease, isSound: false);
            }
        }
    }

    // Null when no server here can tell of it.
    private async ValueTask<Watch?> WatchAsync(
        Arrival arrival,
        string told,
        Dictionary<ServerName, Lease> lent,
        CancellationToken aborted
    )
    {
        var session = arrival.Caller.Session(sessions);
        var view = views.Of(session);
        var reader = new Reader(session, arrival.Caller, arrival.Envelope, arrival.Request);
        if (
            await resources.FindToWatchAsync(reader, view, told, aborted) is not { } found
            || view.Find(found.Server) is not { } server
        )
        {
            return null;
        }

        var envelope = Seating.EnvelopeFor(arrival.Envelope, server);
        if (server.Spec.Isolation is not Isolation.Session)
        {
            var seat = sessions.SeatAt(session, server.Name, server.Spec.Isolation);
            return new(seat, found.Uri, told, envelope);
        }

        var lease =
            lent.GetValueOrDefault(server.Name) ?? await BorrowAsync(arrival, server, aborted);
        if (lease is null)
        {
            return null;
        }

        lent[server.Name] = lease;
        return new(lease.Seat, found.Uri, told, envelope);
    }

    // One that does not come takes nothing from the others.
    private async ValueTask<Lease?> BorrowAsync(
        Arrival arrival,
        Desired server,
        CancellationToken aborted
    )
    {
        try
        {
            return await seating.BorrowAsync(arrival.Caller, server, arrival.Request, aborted);
        }
        catch (Exception exception)
            when (exception is ServerUnavailableException or InstanceGoneException)
        {
            return null;
        }
    }
}
