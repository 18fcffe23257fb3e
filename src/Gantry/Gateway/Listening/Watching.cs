using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>Has instances watch the resources that streams of changes want to hear of.</summary>
internal sealed class Watching(Router router, SessionTable sessions, Upstreams upstreams)
{
    /// <exception cref="InstanceGoneException">The instance ended meanwhile.</exception>
    public async Task BeginAsync(
        Seat seat,
        ListenStream stream,
        CancellationToken cancellationToken
    )
    {
        foreach (var uri in stream.Uris)
        {
            await seat.Route.Subscribing.WaitAsync(cancellationToken);
            try
            {
                if (seat.Subscriptions.TryAdd(uri))
                {
                    await AskAsync(seat, "resources/subscribe", uri, cancellationToken);
                }
            }
            finally
            {
                seat.Route.Subscribing.Release();
            }
        }
    }

    public async Task EndAsync(Seat seat, Listens listens, ListenStream stream)
    {
        foreach (var uri in stream.Uris)
        {
            await seat.Route.Subscribing.WaitAsync(CancellationToken.None);
            try
            {
                if (!listens.Wants(uri))
                {
                    await EndAsync(seat, uri);
                }
            }
            finally
            {
                seat.Route.Subscribing.Release();
            }
        }
    }

    private async Task EndAsync(Seat seat, string uri)
    {
        seat.Subscriptions.Remove(uri);
        if (sessions.SeatsAt(seat.Server).Any(other => other.Subscriptions.Uris.Contains(uri)))
        {
            return;
        }

        try
        {
            await AskAsync(seat, "resources/unsubscribe", uri, CancellationToken.None);
        }
        catch (InstanceGoneException)
        {
            // It watches nothing any more.
        }
    }

    // A server that is not there is asked when it comes.
    private async Task AskAsync(
        Seat seat,
        string method,
        string uri,
        CancellationToken cancellationToken
    )
    {
        if (router.Pick(seat.Route) is not { } connection)
        {
            return;
        }

        if (!connection.Handshake.Dialect.HasSubscriptions)
        {
            await upstreams.RefreshAsync(connection, cancellationToken);
            return;
        }

        var request = Frame.Parse(RpcText.Request(method, uri));
        if (
            await connection.OpenAsync(request, seat.Session.Envelope, cancellationToken)
            is not { } call
        )
        {
            request.Dispose();
            return;
        }

        using var response = await call.ReadAsync();
        call.Dispose();
    }
}
