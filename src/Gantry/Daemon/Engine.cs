using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Runtimes.Remote.Authorization;
using Gantry.Wire;

namespace Gantry.Daemon;

/// <summary>
/// Everything behind the listeners: configuration in, instances out, and the board that all others
/// read.
/// </summary>
internal sealed class Engine
{
    /// <summary>How many events are kept for those who come late.</summary>
    private const int MaxEvents = 1_000;

    private readonly EngineOptions _options;
    private readonly ConfigLoader _loader;
    private readonly ConfigWatcher _watcher;
    private ConfigSnapshot _first = ConfigSnapshot.Empty;

    /// <param name="runtime">Belongs to the caller.</param>
    public Engine(
        EngineOptions options,
        IRuntime runtime,
        SessionHandshakes handshakes,
        ServerLogs logs,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _options = options;
        _loader = new(options.Inputs, options.InstallationKey);
        _watcher = new(_loader, options.Inputs, time, loggers.CreateLogger<ConfigWatcher>());
        Runtime = runtime;
        Handshakes = handshakes;
        Loggers = loggers;
        Logs = logs;
        Time = time;
        Taps = new(time);
        var records = ServerRecords.Open(options.Records, loggers.CreateLogger<ServerRecords>());
        Reconciler = new(runtime, Board, records, Events, time, loggers);
    }

    public Board Board { get; } = new();

    public Feed<Event> Events { get; } = new(MaxEvents);

    public IRuntime Runtime { get; }

    public SessionHandshakes Handshakes { get; }

    public ServerLogs Logs { get; }

    /// <summary>Those that the runtime's connections hand their frames to.</summary>
    public WireTaps Taps { get; init; }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public Reconciler Reconciler { get; }

    /// <summary>Who may be logged in where; belongs to the caller.</summary>
    public required UpstreamLogins Logins { get; init; }

    public ConfigInputs Inputs => _options.Inputs;

    public string? AuditDirectory => _options.Audit;

    public byte[] InstallationKey => _options.InstallationKey;

    public string? Lists => _options.Lists;

    /// <summary>Reads the configuration for the first time. Nothing starts before <see
    /// cref="RunAsync"/>.</summary>
    public ConfigSnapshot Load()
    {
        _first = Selected(_loader.Load(null));
        // Who comes before the servers are known is already asked who they are.
        Board.Publish(board =>
            board with
            {
                Config = board.Config with { Gateway = _first.Gateway },
            }
        );
        return _first;
    }

    /// <summary>Keeps the servers as configured, and follows the files, until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        Reconciler.Apply(_first);
        return Together.RunAsync([Reconciler.RunAsync, FollowConfigAsync], cancellationToken);
    }

    private async Task FollowConfigAsync(CancellationToken cancellationToken)
    {
        await foreach (var config in _watcher.WatchAsync(_first, cancellationToken))
        {
            Reconciler.Apply(Selected(config));
        }
    }

    private ConfigSnapshot Selected(ConfigSnapshot config) =>
        _options.Only is { } only
            ? config with
            {
                Servers = config.Servers.RemoveRange(
                    config.Servers.Keys.Where(name => name != only)
                ),
            }
            : config;
}

/// <param name="Records">Where intents and exits are kept; null for memory only.</param>
internal sealed record EngineOptions(ConfigInputs Inputs, byte[] InstallationKey, string? Records)
{
    /// <summary>The directory of the vault with the credentials for other servers.</summary>
    public required string Vault { get; init; }

    /// <summary>The one server that may run; null for all.</summary>
    public ServerName? Only { get; init; }

    /// <summary>Where it is kept what servers list; null for memory only.</summary>
    public string? Lists { get; init; }

    /// <summary>Where the audit log is kept; null for none.</summary>
    public string? Audit { get; init; }
}
