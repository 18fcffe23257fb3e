using System.Collections.Immutable;
using System.Net;
using Gantry.Cli.Client;
using Gantry.Config;
using Gantry.Daemon;
using Gantry.Runtimes;
using Gantry.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Admin;

/// <summary>A whole daemon with real listeners, over a runtime in memory.</summary>
internal sealed class TestDaemon : IAsyncDisposable
{
    private readonly DirectoryInfo _root;
    private readonly DaemonHost _host;
    private readonly Upstreams _upstreams;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private TestDaemon(DirectoryInfo root, Engine engine, DaemonHost host, Upstreams upstreams)
    {
        _root = root;
        Engine = engine;
        _host = host;
        _upstreams = upstreams;
        Http = new() { BaseAddress = new(host.Url) };
        Client = new(State.Socket);
        _running = host.RunAsync(new(_stop.Token, CancellationToken.None));
    }

    public Engine Engine { get; }

    /// <summary>Over TCP, as a browser or a script would.</summary>
    public HttpClient Http { get; }

    /// <summary>Over the Unix socket, as the command line does.</summary>
    public DaemonClient Client { get; }

    public IReadOnlyList<string> Addresses => _host.Addresses;

    public StateDirectory State => StateIn(_root);

    public string ConfigFile => Path.Combine(_root.FullName, "gantry.yaml");

    public static async Task<TestDaemon> StartAsync(
        string yaml,
        CancellationToken cancellationToken,
        params ImmutableArray<ListenAddress> more
    )
    {
        var root = Directory.CreateTempSubdirectory("gantry-test-");
        var state = StateIn(root);
        state.Create();
        var file = Path.Combine(root.FullName, "gantry.yaml");
        await File.WriteAllTextAsync(file, yaml, cancellationToken);
        var runtime = new FakeRuntime(TimeProvider.System) { IsQuick = true };
        Engine? made = null;
        var upstreams = new Upstreams(
            state.Path,
            () => made?.Board.Current.Config ?? ConfigSnapshot.Empty,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        var engine = made = new Engine(
            new(new([file]) { EnvFiles = Secrets(root) }, state.InstallationKey(), null)
            {
                Vault = state.Path,
            },
            runtime,
            new SessionHandshakes(),
            new ServerLogs(),
            TimeProvider.System,
            NullLoggerFactory.Instance
        )
        {
            Logins = upstreams.Logins,
        };
        engine.Load();
        var listeners = DaemonListeners.Of(
            state,
            [new ListenAddress.Tcp(new(IPAddress.Loopback, 0)), .. more]
        );
        var host = await DaemonHost.StartAsync(engine, listeners, cancellationToken);
        var daemon = new TestDaemon(root, engine, host, upstreams);
        await host.WaitReadyAsync(cancellationToken);
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Client.Dispose();
        await _stop.CancelAsync();
        await _running;
        await _host.DisposeAsync();
        _upstreams.Dispose();
        _stop.Dispose();
        _root.Delete(recursive: true);
    }

    private static StateDirectory StateIn(DirectoryInfo root) =>
        new(Path.Combine(root.FullName, "state"));

    private static ImmutableArray<string> Secrets(DirectoryInfo root)
    {
        var file = Path.Combine(root.FullName, "secrets.env");
        File.WriteAllText(file, $"SECRET={Canary.Value}\n");
        return [file];
    }
}

/// <summary>A secret that must not show anywhere.</summary>
internal static class Canary
{
    public const string Value = "canary-3f9a1c";
}
