using Gantry.Config;

namespace Gantry.Daemon;

/// <summary>
/// A daemon for the time of one command: nobody else can reach it, and nothing of it is left.
/// </summary>
internal sealed class TemporaryDaemon : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly LocalEngine _local;
    private readonly DaemonHost _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private TemporaryDaemon(DirectoryInfo directory, LocalEngine local, DaemonHost host)
    {
        _directory = directory;
        _local = local;
        _host = host;
        _running = host.RunAsync(new(_stop.Token, CancellationToken.None));
    }

    public string Socket => new StateDirectory(_directory.FullName).Socket;

    /// <param name="only">The one server that may start; null for all.</param>
    /// <param name="vault">The directory of the user's own vault: logins are made once.</param>
    public static async Task<TemporaryDaemon> StartAsync(
        ConfigInputs inputs,
        ServerName? only,
        string vault,
        LineLogger log,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var directory = Directory.CreateTempSubdirectory("gantry-");
        var state = new StateDirectory(directory.FullName);
        var options = new EngineOptions(inputs, state.InstallationKey(), Records: null)
        {
            Only = only,
            Vault = vault,
        };
        var local = new LocalEngine(options, log, time);
        try
        {
            local.Engine.Load();
            var listeners = DaemonListeners.Of(state, clients: []);
            var host = await DaemonHost.StartAsync(local.Engine, listeners, cancellationToken);
            return new(directory, local, host);
        }
        catch
        {
            await local.DisposeAsync();
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Brings everything down, politely and then firmly.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _host.DisposeAsync();
        await _local.DisposeAsync();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }
}
