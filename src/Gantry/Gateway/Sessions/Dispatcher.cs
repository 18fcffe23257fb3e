using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// Brings what a session's client sends to where it belongs. Knows no transport: each one reads
/// messages, asks here, and writes what comes back.
/// </summary>
internal sealed class Dispatcher(Router router, SessionTable sessions)
{
    /// <summary>
    /// Sends a request to an instance. Null when there is nothing to send, and an empty result is
    /// the answer.
    /// </summary>
    /// <exception cref="ServerUnavailableException">No instance could take it.</exception>
    /// <exception cref="InstanceGoneException">Instances ended as fast as they were found.</exception>
    public ValueTask<Call?> OpenAsync(Exchange exchange, CancellationToken aborted) =>
        IsSubscription(exchange.Request)
            ? SubscribeAsync(exchange, aborted)
            : SendAsync(exchange, aborted);

    /// <summary>Takes a notification, or an answer to what an instance asked.</summary>
    public async ValueTask AcceptAsync(
        Session session,
        Frame message,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (message.IsMethod("notifications/cancelled"u8))
            {
                await CancelAsync(session, message, cancellationToken);
            }
            else if (AddresseeOf(session, message) is { } connection)
            {
                await connection.SendAsync(message, cancellationToken);
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

    private IConnection? AddresseeOf(Session session, Frame message)
    {
        if (message.Kind is FrameKind.Response)
        {
            return session.Questions.Take(message[message.Id]);
        }

        var isNotForServer =
            message.IsMethod("notifications/initialized"u8)
            || (!session.IsAlone && IsAboutTheClient(message));
        return isNotForServer ? null : router.Pick(session.Route);
    }

    private static bool IsAboutTheClient(Frame message) =>
        message.IsMethod("notifications/roots/list_changed"u8)
        || message.IsMethod("notifications/progress"u8);

    private async ValueTask<Call?> SendAsync(Exchange exchange, CancellationToken aborted)
    {
        var route = exchange.Session.Route;
        var opening = router.Pick(route) is null ? exchange.BeginOpening(aborted) : aborted;
        var call = await router.OpenAsync(route, exchange.Request, Envelope.Own, opening);
        exchange.Begin(call);
        if (exchange.Session.IsAlone && router.Pick(route) is { } connection)
        {
            exchange.Session.LineOf(connection);
            exchange.Session.Unload(exchange, call);
        }

        return call;
    }

    private async ValueTask<Call?> SubscribeAsync(Exchange exchange, CancellationToken aborted)
    {
        var (session, request) = (exchange.Session, exchange.Request);
        if (request.Text(request.Uri) is not { } uri)
        {
            return await SendAsync(exchange, aborted);
        }

        await session.Route.Subscribing.WaitAsync(aborted);
        try
        {
            if (request.IsMethod("resources/subscribe"u8))
            {
                Note(exchange, uri);
                return await SendAsync(exchange, aborted);
            }

            session.Subscriptions.Remove(uri);
            return IsWantedByOthers(session, uri) ? null : await SendAsync(exchange, aborted);
        }
        finally
        {
            session.Route.Subscribing.Release();
        }
    }

    private static void Note(Exchange exchange, string uri)
    {
        if (!exchange.Session.Subscriptions.TryAdd(uri))
        {
            throw new ServerUnavailableException(
                "This session has too many subscriptions. End some of them first."
            );
        }

        exchange.Subscribes = uri;
    }

    private bool IsWantedByOthers(Session session, string uri) =>
        !session.IsAlone
        && sessions.All.Any(other =>
            other.Server == session.Server && other.Subscriptions.Uris.Contains(uri)
        );

    private static bool IsSubscription(Frame request) =>
        request.IsMethod("resources/subscribe"u8) || request.IsMethod("resources/unsubscribe"u8);
}
