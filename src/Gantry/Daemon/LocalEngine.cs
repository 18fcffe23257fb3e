using Gantry.Runtimes;
using Gantry.Runtimes.Process;
using Gantry.Wire;

namespace Gantry.Daemon;

/// <summary>An engine that runs servers as processes of this machine.</summary>
internal sealed class LocalEngine : IAsyncDisposable
{
    private readonly LoggerFactory _loggers;
    private readonly ProcessRuntime _runtime;

    /// <param name="log">The daemon's own log.</param>
    public LocalEngine(EngineOptions options, LineLogger log, TimeProvider time)
    {
        var logs = new ServerLogs();
        var handshakes = new SessionHandshakes();
        _loggers = new([log]);
        var taps = new WireTaps(time);
        var program = ProcessRuntimeOptions.OfThisProgram();
        _runtime = new(program, handshakes, logs, taps, time, _loggers);
        Engine = new(options, _runtime, handshakes, logs, time, _loggers) { Taps = taps };
    }

    public Engine Engine { get; }

    /// <summary>Ends every process that is still there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _loggers.Dispose();
    }
}
