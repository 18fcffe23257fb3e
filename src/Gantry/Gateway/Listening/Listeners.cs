using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// Hears every ready instance, and ends the sessions whose server is gone. Follows the board: what
/// it missed shows in the next picture.
/// </summary>
internal sealed partial class Listeners(
    Board board,
    IRuntime runtime,
    SessionTable sessions,
    Lines lines,
    ListWatch lists,
    ILogger<Listeners> logger
) : BackgroundService
{
    private readonly Dictionary<IConnection, Task> _listening = [];
    private readonly HashSet<ServerName> _served = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = BoardSnapshot.Empty;
        try
        {
            while (true)
            {
                var picture = board.Current;
                Look(picture, seen, stoppingToken);
                seen = picture;
                await board.AfterAsync(picture.Version, stoppingToken);
            }
        }
        finally
        {
            await Task.WhenAll(_listening.Values);
        }
    }

    private void Look(BoardSnapshot picture, BoardSnapshot seen, CancellationToken stoppingToken)
    {
        if (!ReferenceEquals(picture.Config, seen.Config))
        {
            EndStrandedSessions(picture.Config);
        }

        ForgetEnded();
        foreach (var (name, status) in picture.Servers)
        {
            if (!ReferenceEquals(status, seen.Servers.GetValueOrDefault(name)))
            {
                Look(status, stoppingToken);
            }
        }
    }

    private void Look(ServerStatus status, CancellationToken stoppingToken)
    {
        foreach (var instance in status.Instances)
        {
            if (
                instance.Phase is Phase.Ready
                && runtime.Connect(instance.Id) is { } connection
                && !_listening.ContainsKey(connection)
            )
            {
                _listening[connection] = ListenAsync(instance, connection, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(
        Instance instance,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        await Task.Yield();
        try
        {
            if (instance.Session is null)
            {
                await ListenSharedAsync(instance, connection, stoppingToken);
            }
            else if (sessions.FindByKey(instance.Session)?.SeatAt(instance.Server) is { } seat)
            {
                await ListenOwnAsync(seat, instance, connection, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The daemon ends, and with it what there was to hear.
        }
        catch (InstanceGoneException exception)
        {
            LogGone(instance.Server, instance.Id, exception.Message);
        }
    }

    private async Task ListenSharedAsync(
        Instance instance,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        var server = instance.Server;
        var listening = lines.ListenAsync(server, connection, stoppingToken);
        if (FollowsAnother(server))
        {
            foreach (var seat in sessions.SeatsAt(server).Where(seat => !IsAmongOthers(seat)))
            {
                ListChanges.Send(seat.Session, connection.Handshake);
            }
        }

        await Task.WhenAll(listening, lists.MeetAsync(instance, connection));
    }

    private async Task ListenOwnAsync(
        Seat seat,
        Instance instance,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        if (seat.LineOf(connection).Follows)
        {
            ListChanges.Send(seat.Session, connection.Handshake);
        }

        await Task.WhenAll(
            lines.ListenAsync(seat, connection, stoppingToken),
            lists.MeetAsync(seat, instance, connection, stoppingToken)
        );
    }

    private bool FollowsAnother(ServerName server)
    {
        lock (_served)
        {
            return !_served.Add(server);
        }
    }

    private static bool IsAmongOthers(Seat seat) => seat.Session.Target is Target.Several;

    private void EndStrandedSessions(ConfigSnapshot config)
    {
        foreach (var session in sessions.All)
        {
            if (session.Target is Target.Several { Group: { } group } && !HasGroup(config, group))
            {
                sessions.End(session, "group removed");
            }

            foreach (var seat in session.Seats)
            {
                LeaveIfStranded(seat, config.Servers.GetValueOrDefault(seat.Server));
            }
        }
    }

    private static bool HasGroup(ConfigSnapshot config, string group) =>
        ServerName.TryParse(group, out var name) && config.Groups.ContainsKey(name);

    private void LeaveIfStranded(Seat seat, Desired? desired)
    {
        var why =
            desired is null || !Sees(seat.Session, desired) ? "server removed"
            : seat.IsAlone != (desired.Spec.Isolation is Isolation.Session) ? "isolation changed"
            : null;
        if (why is not null && IsAmongOthers(seat))
        {
            sessions.Leave(seat.Session, seat.Server);
        }
        else if (why is not null)
        {
            sessions.End(seat.Session, why);
        }
    }

    // To everybody else, a server that became another tenant's is none.
    private static bool Sees(Session session, Desired desired) =>
        session.Envelope.Tenancy.Sees(desired.Spec.Tenant);

    private void ForgetEnded()
    {
        foreach (var (connection, task) in _listening)
        {
            if (task.IsCompletedSuccessfully)
            {
                _listening.Remove(connection);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Server}: {Instance} is not heard any more: {Why}")]
    private partial void LogGone(ServerName server, InstanceId instance, string why);
}
