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
        foreach (var (seat, uri, _) in watches)
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

    /// <param name="listens">All that the caller still listens to.</param>
    public async Task EndAsync(ImmutableArray<Watch> watches, Listens listens)
    {
        foreach (var (seat, uri, told) in watches)
        {
            await seat.Route.Subscribing.WaitAsync(CancellationToken.None);
            try
            {
                if (!listens.Wants(told))
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

/// <summary>A resource that somebody wants to hear of.</summary>
/// <param name="Uri">As its server calls it.</param>
/// <param name="Told">As its client calls it.</param>
internal sealed record Watch(Seat Seat, string Uri, string Told);
