using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Gateway.Ports;

/// <summary>
/// Keeps open the ports that the configuration asks for, and no other. What cannot be opened is
/// reported, with whoever has it, and tried again.
/// </summary>
internal sealed partial class PortLoop(
    Board board,
    PortPlace place,
    PortListeners listeners,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<PortLoop> logger
) : BackgroundService
{
    /// <summary>A port that another listener of ours just left is free in a moment.</summary>
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(15);

    private readonly Dictionary<ServerName, PortListener> _open = [];
    private readonly Dictionary<ServerName, TimeSpan> _delays = [];
    private readonly List<Task> _closing = [];

    private ImmutableSortedDictionary<ServerName, PortStatus> Ports => board.Current.Ports;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The main listener comes first: whoever has its port then is somebody else.
        await StartedAsync(stoppingToken);
        try
        {
            while (true)
            {
                var picture = board.Current;
                CloseUnwanted(picture.Config);
                await OpenWantedAsync(picture.Config, stoppingToken);
                await WaitAsync(picture.Version, stoppingToken);
            }
        }
        finally
        {
            CloseUnwanted(ConfigSnapshot.Empty);
            await Task.WhenAll(_closing);
        }
    }

    private Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        return started.Task.WaitAsync(stoppingToken);
    }

    private void CloseUnwanted(ConfigSnapshot config)
    {
        _closing.RemoveAll(task => task.IsCompletedSuccessfully);
        foreach (var (name, status) in Ports)
        {
            if (PortOf(config, name) != status.Port)
            {
                Forget(name);
            }
        }
    }

    private void Forget(ServerName name)
    {
        board.Publish(was => was with { Ports = was.Ports.Remove(name) });
        _delays.Remove(name);
        if (_open.Remove(name, out var listener))
        {
            LogClosed(name, listener.At);
            _closing.Add(listener.CloseAsync(time));
        }
    }

    private async Task OpenWantedAsync(ConfigSnapshot config, CancellationToken cancellationToken)
    {
        foreach (var name in config.Servers.Keys)
        {
            var isDue =
                !_open.ContainsKey(name)
                && !(Ports.GetValueOrDefault(name)?.RetryAt > time.GetUtcNow());
            if (isDue && PortOf(config, name) is { } port)
            {
                await OpenAsync(name, new(place.Address, port), cancellationToken);
            }
        }
    }

    private async Task OpenAsync(
        ServerName name,
        IPEndPoint at,
        CancellationToken cancellationToken
    )
    {
        if (PortPlace.Refuse(name, at, board.Current.Config.Gateway) is { } refusal)
        {
            Postpone(name, at.Port, refusal);
            return;
        }

        var listener = listeners.Make(name, at);
        try
        {
            await listener.OpenAsync(cancellationToken);
            _open[name] = listener;
            _delays.Remove(name);
            Publish(name, new(at.Port, null, null));
            LogOpened(name, at);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await listener.CloseAsync(time);
            Postpone(name, at.Port, Explain(name, at.Port, exception));
        }
    }

    private void Postpone(ServerName name, int port, string problem)
    {
        var isFirst = !_delays.TryGetValue(name, out var delay);
        delay =
            isFirst ? s_firstRetry
            : delay * 2 < s_lastRetry ? delay * 2
            : s_lastRetry;
        _delays[name] = delay;
        var before = Ports.GetValueOrDefault(name)?.Problem;
        Publish(name, new(port, problem, time.GetUtcNow() + delay));
        // The first may be a neighbour's port that is about to close.
        if (!isFirst && (before != problem || delay == s_firstRetry * 2))
        {
            LogConflict(problem);
        }
    }

    private string Explain(ServerName name, int port, Exception exception)
    {
        var owner =
            place.Taken.Contains(port) ? "Gantry's own listener"
            : _open.Values.FirstOrDefault(other => other.At.Port == port) is { } open
                ? $"server '{open.Server}'"
            : PortOwner.Find(port);
        return owner is null && exception is not IOException
            ? $"Port {port} of server '{name}' cannot be opened: {exception.Message}."
            : $"Port {port} of server '{name}' is taken by {owner ?? "another program"}. "
                + "Stop that, or give the server another port.";
    }

    private async Task WaitAsync(long version, CancellationToken cancellationToken)
    {
        var next = Ports.Values.Select(status => status.RetryAt).Min();
        if (next is not { } at)
        {
            await board.AfterAsync(version, cancellationToken);
            return;
        }

        var delay = at - time.GetUtcNow();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, either.Token);
        var changing = board.AfterAsync(version, either.Token).AsTask();
        await Task.WhenAny(waiting, changing);
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Publish(ServerName name, PortStatus status) =>
        board.Publish(was => was with { Ports = was.Ports.SetItem(name, status) });

    private static int? PortOf(ConfigSnapshot config, ServerName name) =>
        config.Servers.GetValueOrDefault(name)?.Spec.Port;

    [LoggerMessage(LogLevel.Information, "{Server}: served on {At}")]
    private partial void LogOpened(ServerName server, IPEndPoint at);

    [LoggerMessage(LogLevel.Information, "{Server}: not served on {At} any more")]
    private partial void LogClosed(ServerName server, IPEndPoint at);

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    private partial void LogConflict(string problem);
}
