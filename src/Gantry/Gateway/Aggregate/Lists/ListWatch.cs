using Gantry.Config;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>Keeps what is known of servers in step with what their instances say.</summary>
internal sealed class ListWatch(
    Board board,
    Fetching fetching,
    OwnLists own,
    OwnInstances instances,
    SessionTable sessions,
    ParameterRules rules
)
{
    /// <summary>A shared instance is there.</summary>
    public Task MeetAsync(Instance instance, IConnection connection)
    {
        if (Find(instance) is not { } server)
        {
            return Task.CompletedTask;
        }

        if (!server.Spec.ForwardsAuthorization)
        {
            return fetching.MeetAsync(server, connection);
        }

        own.Renew(sessions.SeatsAt(server.Name, owner: null), server, connection);
        return Task.CompletedTask;
    }

    /// <summary>An instance is there that all of these seats share.</summary>
    public Task MeetAsync(
        IEnumerable<Seat> seats,
        Instance instance,
        IConnection connection,
        CancellationToken cancellationToken
    ) =>
        Task.WhenAll(
            seats.Select(seat => MeetAsync(seat, instance, connection, cancellationToken))
        );

    /// <summary>A session's own instance is there.</summary>
    public async Task MeetAsync(
        Seat seat,
        Instance instance,
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        if (seat.Session.Target is not Target.Several || Find(instance) is not { } server)
        {
            return;
        }

        if (seat is { IsAlone: true, Session.IsLent: false })
        {
            await instances.MeetAsync(seat, connection, cancellationToken);
        }

        await own.MeetAsync(seat, server, connection, cancellationToken);
    }

    /// <summary>A shared instance said that a list is not what it was.</summary>
    public void Doubt(Instance instance, Frame changed)
    {
        if (
            instance.Session is null
            && board.Current.Config.Servers.GetValueOrDefault(instance.Server) is { } server
        )
        {
            foreach (var kind in ListChanges.Of(changed))
            {
                fetching.Doubt(server, kind);
            }
        }
    }

    /// <summary>What was learned of an instance's tools may not hold any more.</summary>
    public void Doubt(IConnection connection, Frame changed)
    {
        if (changed.IsMethod(ListKind.Tools.Change()))
        {
            rules.Forget(connection);
        }
    }

    // An instance of an older spec says nothing of the server as it is wanted now.
    private Desired? Find(Instance instance) =>
        board.Current.Config.Servers.GetValueOrDefault(instance.Server) is { } server
        && server.Hash == instance.Hash
            ? server
            : null;
}
