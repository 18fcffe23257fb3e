using Gantry.Config;
using Gantry.Runtimes;
using Gantry.Runtimes.Process;

namespace Gantry.Daemon;

/// <summary>
/// A daemon for the time of one command: nobody else can reach it, and nothing of it is left.
/// </summary>
internal sealed class TemporaryDaemon : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-");
    private readonly CancellationTokenSource _stop = new();
    private readonly ProcessRuntime _runtime;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private DaemonHost? _host;
    private Task _running = Task.CompletedTask;

    private TemporaryDaemon(TextWriter log, TimeProvider time)
    {
        _time = time;
        _loggers = LineLogger.Factory(log, time);
        Logs = new();
        _runtime = new(ProcessRuntimeOptions.OfThisProgram(), Logs, time, _loggers);
    }

    public ServerLogs Logs { get; }

    public string Socket => Path.Combine(_directory.FullName, "admin.sock");

    /// <param name="only">The one server that may start; null for all.</param>
    public static async Task<TemporaryDaemon> StartAsync(
        ConfigInputs inputs,
        ServerName? only,
        TextWriter log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var daemon = new TemporaryDaemon(log, time);
        try
        {
            await daemon.StartAsync(inputs, only, cancellationToken);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Brings everything down, politely and then firmly.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _runtime.DisposeAsync();
        _loggers.Dispose();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task StartAsync(
        ConfigInputs inputs,
        ServerName? only,
        CancellationToken cancellationToken
    )
    {
        var state = new StateDirectory(_directory.FullName);
        var options = new EngineOptions(inputs, state.InstallationKey(), Records: null)
        {
            Only = only,
        };
        var engine = new Engine(options, _runtime, Logs, _time, _loggers);
        engine.Load();
        var listeners = new Listeners(null, Socket, state.AdminToken(), state.TokenFile, _loggers);
        _host = await DaemonHost.StartAsync(engine, listeners, cancellationToken);
        _running = _host.RunAsync(_stop.Token, CancellationToken.None);
    }
}
