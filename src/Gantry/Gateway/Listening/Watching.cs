using System.Collections.Immutable;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>Has instances watch the resources that streams of changes want to hear of.</summary>
internal sealed class Watching(Router router, SessionTable sessions, Upstreams upstreams)
{
    /// <exception cref="InstanceGoneException">The instance ended meanwhile.</exception>
    public async Task BeginAsync(ImmutableArray<Watch> watches, CancellationToken cancellationToken)
    {
        foreach (var watch in watches)
        {
            var (seat, uri) = (watch.Seat, watch.Uri);
            await seat.Route.Subscribing.WaitAsync(cancellationToken);
            try
            {
                if (seat.Subscriptions.TryAdd(uri))
                {
                    await AskAsync(watch, "resources/subscribe", cancellationToken);
                }
            }
            finally
            {
                seat.Route.Subscribing.Release();
            }
        }
    }

    /// <param name="listens">All that the caller still listens to.</param>
    public async Task EndAsync(ImmutableArray<Watch> watches, Listens listens)
    {
        foreach (var watch in watches)
        {
            var seat = watch.Seat;
            await seat.Route.Subscribing.WaitAsync(CancellationToken.None);
            try
            {
                if (!listens.Wants(watch.Told))
                {
                    await EndAsync(watch);
                }
            }
            finally
            {
                seat.Route.Subscribing.Release();
            }
        }
    }

    private async Task EndAsync(Watch watch)
    {
        var (seat, uri) = (watch.Seat, watch.Uri);
        seat.Subscriptions.Remove(uri);
        if (
            sessions
                .SeatsAt(seat.Server, seat.Route.Session)
                .Any(other => other.Subscriptions.Uris.Contains(uri))
        )
        {
            return;
        }

        try
        {
            await AskAsync(watch, "resources/unsubscribe", CancellationToken.None);
        }
        catch (InstanceGoneException)
        {
            // It watches nothing any more.
        }
    }

    // A server that is not there is asked when it comes.
    private async Task AskAsync(Watch watch, string method, CancellationToken cancellationToken)
    {
        if (router.Pick(watch.Seat.Route) is not { } connection)
        {
            return;
        }

        if (!connection.Handshake.Dialect.HasSubscriptions)
        {
            await upstreams.RefreshAsync(connection, cancellationToken);
            return;
        }

        var request = Frame.Parse(RpcText.Request(method, watch.Uri));
        if (await connection.OpenAsync(request, watch.Envelope, cancellationToken) is not { } call)
        {
            request.Dispose();
            return;
        }

        using var response = await call.ReadAsync();
        call.Dispose();
    }
}

/// <summary>A resource that somebody wants to hear of.</summary>
/// <param name="Uri">As its server calls it.</param>
/// <param name="Told">As its client calls it.</param>
/// <param name="Envelope">On whose behalf it is watched.</param>
internal sealed record Watch(Seat Seat, string Uri, string Told, Envelope Envelope);
