using System.Diagnostics.CodeAnalysis;
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
            else if (IsOfPrincipal(instance))
            {
                await ListenOfPrincipalAsync(instance, connection, stoppingToken);
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
        var listening = lines.ListenAsync(instance, connection, stoppingToken);
        if (FollowsAnother(server))
        {
            foreach (
                var seat in sessions
                    .SeatsAt(server, owner: null)
                    .Where(seat => !IsAmongOthers(seat))
            )
            {
                ListChanges.Send(seat.Session, connection.Handshake);
            }
        }

        await Task.WhenAll(listening, lists.MeetAsync(instance, connection));
    }

    // Its clients may have seen another one, now or long ago.
    private async Task ListenOfPrincipalAsync(
        Instance instance,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        var listening = lines.ListenAsync(instance, connection, stoppingToken);
        List<Seat> seats = [.. sessions.SeatsAt(instance.Server, instance.Session)];
        foreach (var seat in seats)
        {
            ListChanges.Send(seat.Session, connection.Handshake);
        }

        await Task.WhenAll(listening, lists.MeetAsync(seats, instance, connection, stoppingToken));
    }

    private bool IsOfPrincipal(Instance instance) =>
        board.Current.Config.Servers.GetValueOrDefault(instance.Server)
            is { Spec.Isolation: Isolation.Principal } server
        && server.Hash == instance.Hash;

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
                LeaveIfStranded(seat, config);
            }
        }
    }

    private static bool HasGroup(ConfigSnapshot config, string group) =>
        ServerName.TryParse(group, out var name) && config.Groups.ContainsKey(name);

    // Of a group, a session that lasts is shown at each request what it has; one that was lent has
    // its instance.
    private static bool IsInView(Session session, ServerName server, ConfigSnapshot config) =>
        !session.IsLent
        || session.Target is not Target.Several { Group: { } group }
        || !ServerName.TryParse(group, out var name)
        || config.Groups.GetValueOrDefault(name)?.Has(server) is not false;

    // To everybody else, a server that became another tenant's is none.
    private static bool Exists([NotNullWhen(true)] Desired? desired, Session session) =>
        desired is not null && session.Envelope.Tenancy.Sees(desired.Spec.Tenant);

    // What a caller without a session hears of lists, it hears of no instance in particular.
    private static bool Fits(Seat seat, Isolation isolation) =>
        seat.Route.Isolation == isolation
        || (
            seat is { IsShared: true, Session: { Listens: not null, IsLent: false } }
            && isolation is Isolation.Session
        );

    private void LeaveIfStranded(Seat seat, ConfigSnapshot config)
    {
        var desired = config.Servers.GetValueOrDefault(seat.Server);
        var why =
            !Exists(desired, seat.Session) ? "server removed"
            : !Fits(seat, desired.Spec.Isolation) ? "isolation changed"
            : !IsInView(seat.Session, seat.Server, config) ? "not seen any more"
            : null;
        if (why is not null && IsAmongOthers(seat) && !seat.Session.IsLent)
        {
            sessions.Leave(seat.Session, seat.Server);
        }
        else if (why is not null)
        {
            sessions.End(seat.Session, why);
        }
    }

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
