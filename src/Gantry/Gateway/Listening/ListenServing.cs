using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// Answers <c>subscriptions/listen</c> for servers of either era: the stream is Gantry's, and
/// outlives the instances that it tells of.
/// </summary>
internal sealed class ListenServing(
    Router router,
    SessionTable sessions,
    Leases leases,
    Watching watching,
    GatewayLimits limits
)
{
    /// <summary>Takes the request over, and returns when the stream ends.</summary>
    /// <exception cref="ServerUnavailableException">There is no instance.</exception>
    public async Task ServeAsync<TReply>(
        Arrival arrival,
        Destination destination,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var (caller, envelope, request) = arrival;
        var (server, isolation) = destination;
        var lease =
            isolation is Isolation.Session
                ? await leases.RentAsync(caller, server, request, aborted)
                : null;
        try
        {
            var seat = lease?.Seat ?? caller.SeatAt(server, isolation, sessions);
            var connection = router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, aborted);
            var stream = new ListenStream(
                request,
                Discovery.Capabilities(connection.Handshake),
                limits.MaxSubscriptionsPerSession
            );
            if (lease is not null && stream.Uris.IsEmpty)
            {
                // Lists change for all of a caller's instances alike: none need be held for that.
                leases.Return(lease);
                lease = null;
                seat = caller.SeatAt(server, Isolation.Shared, sessions);
            }

            var watches = stream.Uris.Select(uri => new Watch(seat, uri, uri, envelope));
            await ServeAsync(new(seat.Session, arrival, stream, [.. watches]), reply, aborted);
        }
        finally
        {
            if (lease is not null)
            {
                leases.Discard(lease, "nobody listens any more");
            }
        }
    }

    /// <summary>The same, where it is known what is listened to.</summary>
    /// <exception cref="ServerUnavailableException">There are too many calls.</exception>
    public async Task ServeAsync<TReply>(Hearing hearing, TReply reply, CancellationToken aborted)
        where TReply : IReply
    {
        var (session, (caller, _, request), stream, watches) = hearing;
        using var exchange = new Exchange(session, request)
        {
            Seat = session.Home,
            CanStream = true,
            LastSign = sessions.Now,
        };
        if (session.Begin(exchange) is null)
        {
            throw new ServerUnavailableException("Too many calls are in flight.");
        }

        caller.Listens.Add(stream);
        try
        {
            await watching.BeginAsync(watches, aborted);
            using var acknowledged = stream.Acknowledge();
            await reply.WriteAsync(exchange, acknowledged);
            await reply.FlushAsync();
            await PassAsync(hearing, exchange, reply, aborted);
        }
        finally
        {
            caller.Listens.Remove(stream);
            session.Finish(exchange, sessions.Now);
            await watching.EndAsync(watches, caller.Listens);
        }
    }

    private async Task PassAsync<TReply>(
        Hearing hearing,
        Exchange exchange,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var stream = hearing.Stream;
        using var leaving = aborted.UnsafeRegister(
            static one => (one as Exchange)?.Nudge(),
            exchange
        );
        while (!reply.IsAborted && !exchange.IsStopped)
        {
            var nudged = exchange.NextNudge();
            var more = stream.Messages.WaitToReadAsync(CancellationToken.None).AsTask();
            if (aborted.IsCancellationRequested)
            {
                return;
            }

            if (await Task.WhenAny(more, nudged) == more && !await more)
            {
                break;
            }

            exchange.LastSign = sessions.Now;
            hearing.Touch(sessions.Now);
            await WriteAsync(stream, exchange, reply);
        }

        if (!reply.IsAborted)
        {
            await reply.FinishAsync(stream.Finish());
        }
    }

    private static async Task WriteAsync<TReply>(
        ListenStream stream,
        Exchange exchange,
        TReply reply
    )
        where TReply : IReply
    {
        var isSilent = true;
        while (stream.Messages.TryRead(out var message))
        {
            isSilent = false;
            using var frame = Frame.Parse(message);
            await reply.WriteAsync(exchange, frame);
        }

        if (isSilent)
        {
            await reply.WriteAsync(exchange, frame: null);
        }

        await reply.FlushAsync();
    }
}

/// <summary>One stream of changes, whose it is and what is watched for it.</summary>
/// <param name="Session">Which has the request.</param>
internal sealed record Hearing(
    Session Session,
    Arrival Arrival,
    ListenStream Stream,
    ImmutableArray<Watch> Watches
)
{
    /// <summary>None of the sessions whose instances watch is abandoned.</summary>
    public void Touch(int now)
    {
        foreach (var watch in Watches)
        {
            watch.Seat.Session.Touch(now);
        }
    }
}
