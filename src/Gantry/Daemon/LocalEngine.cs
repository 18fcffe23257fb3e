using Gantry.Config;
using Gantry.Runtimes;
using Gantry.Runtimes.Process;
using Gantry.Runtimes.Remote;
using Gantry.Wire;

namespace Gantry.Daemon;

/// <summary>An engine that runs servers as processes of this machine, and reaches those that run
/// elsewhere.</summary>
internal sealed class LocalEngine : IAsyncDisposable
{
    private readonly LoggerFactory _loggers;
    private readonly Upstreams _upstreams;
    private readonly ProcessRuntime _processes;
    private readonly RemoteRuntime _remotes;

    /// <param name="log">The daemon's own log.</param>
    public LocalEngine(EngineOptions options, LineLogger log, TimeProvider time)
    {
        var logs = new ServerLogs();
        var handshakes = new SessionHandshakes();
        _loggers = new([log]);
        var taps = new WireTaps(time);
        var program = ProcessRuntimeOptions.OfThisProgram() with { MaxFrameSize = MaxFrameSize };
        _upstreams = new(options.Vault, Current, time, _loggers);
        _processes = new(program, handshakes, logs, taps, time, _loggers);
        _remotes = new(_upstreams.Credentials, handshakes, logs, taps, time, _loggers)
        {
            MaxFrameSize = MaxFrameSize,
        };
        var runtimes = new Dictionary<Type, IRuntime>
        {
            [typeof(ProcessSpec)] = _processes,
            [typeof(RemoteSpec)] = _remotes,
        };
        Engine = new(options, new RuntimeTable(runtimes), handshakes, logs, time, _loggers)
        {
            Logins = _upstreams.Logins,
            Taps = taps,
        };
    }

    public Engine Engine { get; }

    private ConfigSnapshot Current() => Engine.Board.Current.Config;

    /// <summary>Ends every process that is still there, and every conversation.</summary>
    public async ValueTask DisposeAsync()
    {
        await _remotes.DisposeAsync();
        await _processes.DisposeAsync();
        _upstreams.Dispose();
        _loggers.Dispose();
    }

    // The configuration is read after the runtimes are made, and before the first start.
    private int MaxFrameSize() => Engine.Limits.MaxFrameSize;
}
