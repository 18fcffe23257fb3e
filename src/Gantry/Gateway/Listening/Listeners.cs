using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Messages;
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
    ServerLogs logs,
    TimeProvider time,
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
                await ListenSharedAsync(instance.Server, connection, stoppingToken);
            }
            else if (sessions.FindByKey(instance.Session)?.SeatAt(instance.Server) is { } seat)
            {
                await ListenOwnAsync(seat, connection, stoppingToken);
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
        ServerName server,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        var line = new SharedLine(server, connection, sessions, logs, time);
        var listening = line.ListenAsync(stoppingToken);
        if (FollowsAnother(server))
        {
            foreach (var seat in sessions.SeatsAt(server))
            {
                ListChanges.Send(seat.Session, connection.Handshake);
            }
        }

        var uris = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
        foreach (var seat in sessions.SeatsAt(server))
        {
            uris = uris.Union(seat.Subscriptions.Uris);
        }

        await Task.WhenAll(listening, ResubscribeAsync(server, connection, uris, stoppingToken));
    }

    private async Task ListenOwnAsync(
        Seat seat,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        var line = seat.LineOf(connection);
        if (line.Follows)
        {
            ListChanges.Send(seat.Session, connection.Handshake);
        }

        var uris = seat.Subscriptions.Uris;
        await Task.WhenAll(
            line.ListenAsync(stoppingToken),
            ResubscribeAsync(seat.Server, connection, uris, stoppingToken)
        );
    }

    // A new instance knows nothing of what its predecessor was asked to watch.
    private async Task ResubscribeAsync(
        ServerName server,
        IConnection connection,
        ImmutableHashSet<string> uris,
        CancellationToken stoppingToken
    )
    {
        foreach (var uri in uris)
        {
            var request = Frame.Parse(RpcText.Request("resources/subscribe", uri));
            if (await connection.OpenAsync(request, Envelope.Own, stoppingToken) is not { } call)
            {
                request.Dispose();
                return;
            }

            using var response = await call.ReadAsync();
            if (response.IsError)
            {
                LogNotSubscribed(server, connection.Instance, uri);
            }

            call.Dispose();
        }
    }

    private bool FollowsAnother(ServerName server)
    {
        lock (_served)
        {
            return !_served.Add(server);
        }
    }

    private void EndStrandedSessions(ConfigSnapshot config)
    {
        foreach (var session in sessions.All)
        {
            foreach (var seat in session.Seats)
            {
                EndIfStranded(seat, config.Servers.GetValueOrDefault(seat.Server));
            }
        }
    }

    private void EndIfStranded(Seat seat, Desired? desired)
    {
        if (desired is null)
        {
            sessions.End(seat.Session, "server removed");
        }
        else if (seat.IsAlone != (desired.Spec.Isolation is Isolation.Session))
        {
            sessions.End(seat.Session, "isolation changed");
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

    [LoggerMessage(LogLevel.Warning, "{Server}: {Instance} refused the subscription to {Uri}")]
    private partial void LogNotSubscribed(ServerName server, InstanceId instance, string uri);

    [LoggerMessage(LogLevel.Debug, "{Server}: {Instance} is not heard any more: {Why}")]
    private partial void LogGone(ServerName server, InstanceId instance, string why);
}
