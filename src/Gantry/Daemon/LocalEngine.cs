using Gantry.Config;
using Gantry.Runtimes;
using Gantry.Runtimes.Process;
using Gantry.Wire;

namespace Gantry.Daemon;

/// <summary>An engine that runs servers as processes of this machine.</summary>
internal sealed class LocalEngine : IAsyncDisposable
{
    private readonly LoggerFactory _loggers;
    private readonly ProcessRuntime _runtime;
    private readonly Upstreams _upstreams;

    /// <param name="log">The daemon's own log.</param>
    public LocalEngine(EngineOptions options, LineLogger log, TimeProvider time)
    {
        var logs = new ServerLogs();
        var handshakes = new SessionHandshakes();
        _loggers = new([log]);
        _runtime = new(ProcessRuntimeOptions.OfThisProgram(), handshakes, logs, time, _loggers);
        _upstreams = new(options.Vault, Current, time, _loggers);
        Engine = new(options, _runtime, handshakes, logs, time, _loggers)
        {
            Logins = _upstreams.Logins,
        };
    }

    public Engine Engine { get; }

    private ConfigSnapshot Current() => Engine.Board.Current.Config;

    /// <summary>Ends every process that is still there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _upstreams.Dispose();
        _loggers.Dispose();
    }
}
