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
        Caller caller,
        bool isShared,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var lease = isShared ? null : await leases.RentAsync(caller, request, aborted);
        try
        {
            var seat = lease?.Seat ?? caller.SharedSeat(sessions);
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
                seat = caller.SharedSeat(sessions);
            }

            await ServeAsync(caller.Listens, stream, new(seat, request, aborted), reply);
        }
        finally
        {
            if (lease is not null)
            {
                leases.Discard(lease, "nobody listens any more");
            }
        }
    }

    private async Task ServeAsync<TReply>(
        Listens listens,
        ListenStream stream,
        Listener listener,
        TReply reply
    )
        where TReply : IReply
    {
        using var exchange = new Exchange(listener.Seat.Session, listener.Request)
        {
            Seat = listener.Seat,
            CanStream = true,
            LastSign = sessions.Now,
        };
        if (exchange.Session.Begin(exchange) is null)
        {
            throw new ServerUnavailableException("Too many calls are in flight.");
        }

        listens.Add(stream);
        try
        {
            await watching.BeginAsync(listener.Seat, stream, listener.Aborted);
            using var acknowledged = stream.Acknowledge();
            await reply.WriteAsync(exchange, acknowledged);
            await reply.FlushAsync();
            await PassAsync(stream, exchange, reply, listener.Aborted);
        }
        finally
        {
            listens.Remove(stream);
            exchange.Session.Finish(exchange, sessions.Now);
            await watching.EndAsync(listener.Seat, listens, stream);
        }
    }

    private async Task PassAsync<TReply>(
        ListenStream stream,
        Exchange exchange,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
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

    private readonly record struct Listener(Seat Seat, Frame Request, CancellationToken Aborted);
}
