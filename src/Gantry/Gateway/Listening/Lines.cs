using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// Hears one instance: what it sends of its own accord and, where it knows no sessions, what it was
/// asked to tell of.
/// </summary>
internal sealed partial class Lines(
    SessionTable sessions,
    Upstreams upstreams,
    ListWatch lists,
    MessageLog log,
    FlowControl flow,
    ILogger<Lines> logger
)
{
    /// <summary>Hears an instance that many share, until it is gone.</summary>
    public async Task ListenAsync(
        Instance instance,
        IConnection connection,
        CancellationToken stoppingToken
    )
    {
        var (server, owner) = (instance.Server, instance.Session);
        // What another instance said need not hold for this one.
        flow.Forget(server);
        void Forget() => flow.Forget(server);
        var line = new SharedLine(instance, connection, sessions, lists, log, Forget);
        await Task.WhenAll(
            line.ListenAsync(stoppingToken),
            WatchAsync(server, connection, () => WantedAt(server, owner), line.Hear, stoppingToken)
        );
    }

    /// <summary>Hears a session's own instance, until it is gone.</summary>
    public async Task ListenAsync(
        Seat seat,
        IConnection connection,
        CancellationToken stoppingToken
    ) =>
        await Task.WhenAll(
            seat.LineOf(connection)
                .ListenAsync(frame => lists.Doubt(connection, frame), stoppingToken),
            WatchAsync(
                seat.Server,
                connection,
                () => seat.Subscriptions.Uris,
                seat.LineOf(connection).Hear,
                stoppingToken
            )
        );

    private ImmutableHashSet<string> WantedAt(ServerName server, string? owner)
    {
        var uris = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
        foreach (var seat in sessions.SeatsAt(server, owner))
        {
            uris = uris.Union(seat.Subscriptions.Uris);
        }

        return uris;
    }

    // A new instance knows nothing of what its predecessor was asked to watch.
    private Task WatchAsync(
        ServerName server,
        IConnection connection,
        Func<ImmutableHashSet<string>> wanted,
        Action<Frame> hear,
        CancellationToken stoppingToken
    ) =>
        connection.Handshake.Dialect.HasSubscriptions
            ? ResubscribeAsync(server, connection, wanted(), stoppingToken)
            : upstreams.ListenAsync(connection, wanted, hear, stoppingToken);

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

    [LoggerMessage(LogLevel.Warning, "{Server}: {Instance} refused the subscription to {Uri}")]
    private partial void LogNotSubscribed(ServerName server, InstanceId instance, string uri);
}
