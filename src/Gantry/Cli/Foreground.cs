using System.Collections.Immutable;
using System.Net;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Gateway.Ports;
using Gantry.Reconcile;
using Microsoft.Extensions.Logging;

namespace Gantry.Cli;

/// <summary>Runs a daemon in front of its operator's eyes.</summary>
internal sealed class Foreground(Terminal terminal, StopSignals signals)
{
    /// <summary>Runs until told to stop.</summary>
    /// <exception cref="StartRefusedException">It cannot start.</exception>
    public async Task<int> RunAsync(UpOptions options, CancellationToken cancellationToken)
    {
        var began = terminal.Time.GetTimestamp();
        var state = options.State;
        state.Create();
        using var only = DaemonLock.Take(state);
        var engineOptions = new EngineOptions(
            options.Inputs,
            state.InstallationKey(),
            state.Servers
        )
        {
            Lists = state.Lists,
            Vault = state.Path,
            Audit = state.Audit,
        };
        await using var local = new LocalEngine(
            engineOptions,
            new(terminal.Error, LogLevel.Information, terminal.Time),
            terminal.Time
        );
        var config = local.Engine.Load();
        var listeners = ListenersOf(options, config);
        await using var host = await DaemonHost.StartAsync(
            local.Engine,
            listeners,
            cancellationToken
        );
        only.Announce(
            new(Environment.ProcessId, host.Url, terminal.Time.GetUtcNow())
            {
                LeavesAfter = options.LeavesAfter,
            }
        );
        var printer = new Printer(terminal, host.Url);
        printer.Start(config, options.Greeting, host.Addresses);
        await RunAsync(local.Engine, host, printer, began, cancellationToken);
        return ExitCode.Ok;
    }

    private async Task RunAsync(
        Engine engine,
        DaemonHost host,
        Printer printer,
        long began,
        CancellationToken cancellationToken
    )
    {
        using var end = new CancellationTokenSource();
        using var goodbye = cancellationToken.Register(() =>
            printer.Draining(engine.Board.Current)
        );
        var telling = Together.RunAsync(
            [
                token => printer.FollowAsync(engine.Events, token),
                token => printer.FollowProblemsAsync(engine.Board, token),
                token => SayReadyAsync(host, printer, began, token),
            ],
            end.Token
        );
        await host.RunAsync(new(cancellationToken, signals.Force));
        await end.CancelAsync();
        await telling;
        printer.Stopped(wasForced: signals.Force.IsCancellationRequested);
    }

    private async Task SayReadyAsync(
        DaemonHost host,
        Printer printer,
        long began,
        CancellationToken cancellationToken
    )
    {
        await host.WaitReadyAsync(cancellationToken);
        printer.Ready(terminal.Time.GetElapsedTime(began));
        await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Time, cancellationToken);
    }

    private static DaemonListeners ListenersOf(UpOptions options, ConfigSnapshot config)
    {
        ImmutableArray<ListenAddress> clients = (
            options.Listen.IsEmpty ? config.Gateway.Listen : options.Listen
        ) switch
        {
            [] => [ListenAddress.Default],
            [ListenAddress.Nowhere] => [],
            var texts => [.. texts.Select(ListenAddress.Parse).Distinct()],
        };
        return DaemonListeners.Of(options.State, clients) with
        {
            LeavesAfter = options.LeavesAfter,
            PortAddress = options.PortAddress,
            PortPaths = options.PortPaths,
            Alone = options.Alone,
        };
    }
}

/// <param name="Listen">What the operator said; where that is nothing, the configuration has the
/// word.</param>
/// <param name="LeavesAfter">How long without a client it stays; null for ever.</param>
internal sealed record UpOptions(
    ConfigInputs Inputs,
    ImmutableArray<string> Listen,
    StateDirectory State,
    TimeSpan? LeavesAfter
)
{
    /// <summary>Where dedicated ports open; null for where the main listener is.</summary>
    public IPAddress? PortAddress { get; init; }

    public PortPaths PortPaths { get; init; } = PortPaths.Usual;

    /// <summary>The one server that clients find, at the paths of a port; null for all, at
    /// theirs.</summary>
    public ServerName? Alone { get; init; }

    /// <summary>What to say instead of listing the servers; null for the list.</summary>
    public string? Greeting { get; init; }
}
