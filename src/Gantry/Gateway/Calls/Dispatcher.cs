using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>
/// Brings what a session's client sends to where it belongs. Knows no transport: each one reads
/// messages, asks here, and writes what comes back.
/// </summary>
internal sealed class Dispatcher(
    Router router,
    SessionTable sessions,
    Aggregation aggregation,
    Upstreams upstreams,
    ParameterRules rules,
    FlowControl flow
)
{
    // An instance may end between being found and being spoken to, but hardly thrice in a row.
    private const int MaxAttempts = 3;

    /// <summary>Sends a request to an instance, or answers it at once.</summary>
    /// <exception cref="ServerUnavailableException">No instance could take it.</exception>
    /// <exception cref="InstanceGoneException">Instances ended as fast as they were found.</exception>
    public ValueTask<Opened> OpenAsync(Exchange exchange, CancellationToken aborted)
    {
        if (exchange.Resumes is { } parked)
        {
            return ResumeAsync(exchange, parked);
        }

        if (LocalAnswers.Find(exchange) is { } answer)
        {
            return new(new Opened(answer));
        }

        return exchange.Seat is { } seat
            ? OpenAsync(exchange, seat, aborted)
            : RouteAsync(exchange, aborted);
    }

    /// <summary>Takes a notification, or an answer to what an instance asked.</summary>
    public async ValueTask AcceptAsync(
        Session session,
        Frame message,
        CancellationToken cancellationToken
    )
    {
        session.Home?.Route.Tap.FromClient(session.Key, message);
        try
        {
            if (message.IsMethod("notifications/cancelled"u8))
            {
                await CancelAsync(session, message, cancellationToken);
            }
            else if (message.Kind is FrameKind.Response)
            {
                await AnswerAsync(session, message, cancellationToken);
            }
            else if (session.Home is { } seat)
            {
                await PassAsync(seat, message, cancellationToken);
            }
            else
            {
                await PassAsync(session, message, cancellationToken);
            }
        }
        catch (InstanceGoneException)
        {
            // Nobody is left to be told.
        }
    }

    /// <summary>Tells the instance that nobody wants the answer, unless the client did.</summary>
    public static async ValueTask GiveUpAsync(Exchange exchange)
    {
        if (exchange.Call is not { } call)
        {
            return;
        }

        try
        {
            if (!exchange.IsCancelSent)
            {
                await call.CancelAsync(notification: null, CancellationToken.None);
            }
        }
        catch (InstanceGoneException)
        {
            // That ended it too.
        }

        exchange.Session.PassOn(call.Abandon());
    }

    private static async ValueTask AnswerAsync(
        Session session,
        Frame answer,
        CancellationToken cancellationToken
    )
    {
        var asker = session.Questions.Take(answer[answer.Id]);
        if (asker?.Connection is { } connection)
        {
            using var own = asker.Restore(answer);
            await connection.SendAsync(own ?? answer, cancellationToken);
        }
        else
        {
            asker?.Answered?.TrySetResult(Frame.Parse(answer.Utf8.Span));
        }
    }

    // Only among the session's own requests: no client can cancel another's.
    private static async ValueTask CancelAsync(
        Session session,
        Frame notification,
        CancellationToken cancellationToken
    )
    {
        if (session.Calls.Find(notification[notification.RequestId]) is not { } exchange)
        {
            return;
        }

        // Stopped first, or the failing call would be taken for a failure.
        exchange.IsCancelSent = exchange.Call is not null;
        exchange.Stop();
        if (exchange.Call is { } call)
        {
            await call.CancelAsync(notification, cancellationToken);
        }
    }

    private async ValueTask PassAsync(Seat seat, Frame message, CancellationToken cancellationToken)
    {
        var isForServer =
            !message.IsMethod("notifications/initialized"u8)
            && (seat.IsAlone || !IsAboutTheClient(message));
        if (
            isForServer
            && router.Pick(seat.Route) is { Handshake.Dialect.HasSessions: true } connection
        )
        {
            await connection.SendAsync(message, cancellationToken);
        }
    }

    // Of several servers, those with an instance of its own know that there is this client.
    private async ValueTask PassAsync(
        Session session,
        Frame message,
        CancellationToken cancellationToken
    )
    {
        if (message.IsMethod("notifications/progress"u8))
        {
            var asker = session.Questions.Find(message[message.ProgressToken]);
            if (asker?.Connection is { } connection)
            {
                using var own = asker.Restore(message);
                await connection.SendAsync(own ?? message, cancellationToken);
            }
        }
        else if (message.IsMethod("notifications/roots/list_changed"u8))
        {
            foreach (var seat in session.Seats.Where(seat => seat.IsAlone))
            {
                await PassAsync(seat, message, cancellationToken);
            }
        }
    }

    private static bool IsAboutTheClient(Frame message) =>
        message.IsMethod("notifications/roots/list_changed"u8)
        || message.IsMethod("notifications/progress"u8);

    // Of several servers, it is for one, or for all of them at once.
    private async ValueTask<Opened> RouteAsync(Exchange exchange, CancellationToken aborted)
    {
        if (await aggregation.RouteAsync(exchange, aborted) is { } answer)
        {
            return new(answer);
        }

        exchange.Show();
        if (LocalAnswers.Find(exchange) is { } local)
        {
            return new(local);
        }

        return exchange.Seat is { } seat
            ? await OpenAsync(exchange, seat, aborted)
            : throw new ServerUnavailableException("This request names no server.");
    }

    private ValueTask<Opened> OpenAsync(Exchange exchange, Seat seat, CancellationToken aborted) =>
        IsSubscription(exchange.Request)
            ? SubscribeAsync(exchange, seat, aborted)
            : SendAsync(exchange, seat, aborted);

    private ValueTask<Opened> SendAsync(Exchange exchange, Seat seat, CancellationToken aborted) =>
        flow.LaneOf(seat) is { } lane
            ? SendInTurnAsync(lane, exchange, seat, aborted)
            : SendAtOnceAsync(exchange, seat, aborted);

    private async ValueTask<Opened> SendInTurnAsync(
        Lane lane,
        Exchange exchange,
        Seat seat,
        CancellationToken aborted
    )
    {
        if (await flow.EnterAsync(lane, exchange, seat.Route, aborted) is { } answer)
        {
            return new(answer);
        }

        var opened = default(Opened);
        try
        {
            return opened = await SendAtOnceAsync(exchange, seat, aborted);
        }
        finally
        {
            FlowControl.Leave(lane, exchange, opened.Call);
        }
    }

    // What was sent is never sent again.
    private async ValueTask<Opened> SendAtOnceAsync(
        Exchange exchange,
        Seat seat,
        CancellationToken aborted
    )
    {
        var opening = aborted;
        for (var attempt = 1; ; attempt++)
        {
            var connection = router.Pick(seat.Route);
            if (connection is null)
            {
                opening = exchange.BeginOpening(aborted);
                connection = await router.WaitAsync(seat.Route, opening);
            }

            exchange.Bridge = Bridge.Between(seat, connection);
            if (exchange.Bridge is { } bridge)
            {
                if (bridge.Answer(exchange) is { } answer)
                {
                    await NoteAsync(exchange, connection, opening);
                    return new(answer);
                }

                exchange.Request.Unsplice();
                bridge.Prepare(exchange.Request);
                exchange.Address(exchange.Request);
            }

            if (
                exchange is { Session.Listens: not null, Envelope.IsBare: false }
                && await rules.CheckAsync(connection, exchange) is { } why
            )
            {
                var id = exchange.Request[exchange.Request.Id];
                return new(RpcText.Error(id, Errors.HeaderMismatch, why));
            }

            try
            {
                var sending = connection.OpenAsync(exchange.Request, exchange.Envelope, opening);
                if (await sending is { } call)
                {
                    Begin(exchange, seat, call, connection);
                    return new(call);
                }
            }
            catch (InstanceGoneException) when (attempt < MaxAttempts)
            {
                // The next one was not spoken to yet.
            }
        }
    }

    private async ValueTask<Opened> ResumeAsync(Exchange exchange, ParkedCall parked)
    {
        await parked.Settled;
        flow.Follow(exchange);
        exchange.Begin(parked);
        return new(parked.Call);
    }

    private async ValueTask NoteAsync(
        Exchange exchange,
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        if (IsSubscription(exchange.Request))
        {
            await upstreams.RefreshAsync(connection, cancellationToken);
        }
    }

    // In this order: what the instance says from now on finds the call, and what it said before
    // the call was known goes out with it.
    private static void Begin(Exchange exchange, Seat seat, Call call, IConnection connection)
    {
        exchange.Begin(call);
        if (seat.IsAlone)
        {
            seat.LineOf(connection);
            exchange.Session.Unload(exchange, call);
        }
    }

    private async ValueTask<Opened> SubscribeAsync(
        Exchange exchange,
        Seat seat,
        CancellationToken aborted
    )
    {
        var request = exchange.Request;
        if ((exchange.Uri ?? request.Text(request.Uri)) is not { } uri)
        {
            return await SendAsync(exchange, seat, aborted);
        }

        await seat.Route.Subscribing.WaitAsync(aborted);
        try
        {
            if (request.IsMethod("resources/subscribe"u8))
            {
                Note(exchange, seat, uri);
                return await SendAsync(exchange, seat, aborted);
            }

            seat.Subscriptions.Remove(uri);
            return IsWantedByOthers(seat, uri)
                ? new(RpcText.Result(request[request.Id], "{}"u8))
                : await SendAsync(exchange, seat, aborted);
        }
        finally
        {
            seat.Route.Subscribing.Release();
        }
    }

    private static void Note(Exchange exchange, Seat seat, string uri)
    {
        if (!seat.Subscriptions.TryAdd(uri))
        {
            throw new ServerUnavailableException(
                "This session has too many subscriptions. End some of them first."
            );
        }

        exchange.Subscribes = uri;
    }

    private bool IsWantedByOthers(Seat seat, string uri) =>
        !seat.IsAlone
        && sessions
            .SeatsAt(seat.Server, seat.Route.Session)
            .Any(other => other.Subscriptions.Uris.Contains(uri));

    private static bool IsSubscription(Frame request) =>
        request.IsMethod("resources/subscribe"u8) || request.IsMethod("resources/unsubscribe"u8);
}
