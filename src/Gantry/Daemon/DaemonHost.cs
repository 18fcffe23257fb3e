using System.Net;
using System.Net.Sockets;
using Gantry.Access;
using Gantry.Admin;
using Gantry.Admin.Resources;
using Gantry.Audit;
using Gantry.Config;
using Gantry.Gateway;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Http;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Ports;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gantry.Daemon;

/// <summary>
/// One engine behind its listeners: the admin API's Unix socket, and those for clients, if any.
/// </summary>
internal sealed class DaemonHost : IAsyncDisposable
{
    /// <summary>How long a client that holds a stream open may hold up the end.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly Engine _engine;
    private readonly CancellationTokenSource _ending = new();
    private readonly PublicAddress _address = new();
    private readonly PortPlace _portPlace;
    private readonly Readiness _readiness;
    private readonly ListeningSockets _sockets = new();

    private DaemonHost(Engine engine, DaemonListeners listeners)
    {
        _engine = engine;
        _readiness = new(engine.Board);
        _portPlace = new(listeners.PortAddress ?? listeners.Main?.Address ?? IPAddress.Loopback)
        {
            Prepare = port => Certify(port, engine.Board.Current.Config.Gateway),
            Limits = engine.Limits,
            Paths = listeners.PortPaths,
        };
        _app = Build(listeners);
    }

    /// <summary>The main listener's URL; empty without one.</summary>
    public string Url => _address.Url;

    /// <summary>Where clients connect, once it is bound.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>Binds the listeners. Whoever calls before the engine runs, waits.</summary>
    /// <exception cref="StartRefusedException">An address is taken.</exception>
    public static async Task<DaemonHost> StartAsync(
        Engine engine,
        DaemonListeners listeners,
        CancellationToken cancellationToken
    )
    {
        var host = new DaemonHost(engine, listeners);
        try
        {
            await host.BindAsync(listeners, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs the engine until it is to stop, and then brings every instance down: politely, unless
    /// that is cut short.
    /// </summary>
    public async Task RunAsync(Ending ending)
    {
        using var end = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            ending.Stop,
            _app.Lifetime.ApplicationStopping
        );
        var running = _engine.RunAsync(end.Token);
        await Task.WhenAny(running, Task.Delay(Timeout.InfiniteTimeSpan, _engine.Time, stop.Token));
        _readiness.Draining();
        if (!running.IsCompleted)
        {
            await DrainAsync(ending.Force);
        }

        await end.CancelAsync();
        await running;
    }

    /// <summary>Waits until every eager server had its first attempt.</summary>
    public Task WaitReadyAsync(CancellationToken cancellationToken) =>
        _readiness.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        using (var patience = new CancellationTokenSource(s_farewell, _engine.Time))
        {
            await _app.StopAsync(patience.Token);
        }

        await _app.DisposeAsync();
        _sockets.Dispose();
        _ending.Dispose();
    }

    private async Task DrainAsync(CancellationToken force)
    {
        try
        {
            await _engine.Reconciler.DrainAsync(force);
        }
        catch (OperationCanceledException) when (force.IsCancellationRequested)
        {
            // What is left is killed with the runtime.
        }
    }

    private async Task BindAsync(DaemonListeners listeners, CancellationToken cancellationToken)
    {
        File.Delete(listeners.Socket);
        _sockets.Claim(listeners.Clients, _engine.Board.Current.Config.Gateway.SocketMode);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new StartRefusedException(
                $"Cannot listen on {_sockets.Last}: another program already does. Stop it, or "
                    + "choose another port with --listen, such as --listen 127.0.0.1:0 for any."
            );
        }
        catch (SocketException exception)
        {
            throw new StartRefusedException(
                $"Cannot listen on {_sockets.Last}: {exception.Message}. Choose another address "
                    + "with --listen."
            );
        }

        OwnerOnly.Restrict(listeners.Socket);
        var urls = Urls();
        Addresses = [.. urls, .. _sockets.Paths];
        _address.Publish(urls.FirstOrDefault() ?? "");
        Join(urls);
        _portPlace.Reserve(urls.Select(url => new Uri(url).Port));
        _readiness.Listening();
    }

    private void Join(string[] urls)
    {
        if (urls.Length > 0)
        {
            _app.Services.GetRequiredService<Peers>().ListenAt(new(urls[0]));
        }
    }

    // With the ports that were really taken.
    private string[] Urls() =>
        [
            .. (
                _app.Services.GetRequiredService<IServer>()
                    .Features.Get<IServerAddressesFeature>()
                    ?.Addresses
                ?? []
            ).Where(address => !address.Contains("unix:", StringComparison.Ordinal)),
        ];

    // The empty builder: a daemon must not take settings from whatever directory it starts in.
    private WebApplication Build(DaemonListeners listeners)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .UseSockets(UseSockets)
            .ConfigureKestrel(kestrel => Listen(kestrel, listeners));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.Services.AddSingleton(
            new AdminToken(listeners.AdminToken, listeners.AdminTokenFile)
        );
        builder.Services.AddSingleton(OpenKeys(listeners));
        builder.Services.AddHostedService<KeyWatch>();
        builder.Services.AddAdmin();
        builder.Services.AddSingleton(new KnowledgeFiles(_engine.Lists));
        AddEngine(builder.Services);
        if (_engine.AuditDirectory is { } directory)
        {
            builder.Services.AddSingleton(new AuditFiles(directory, _engine.Time));
        }

        builder.Services.AddGateway(_engine.Limits);
        if (listeners.LeavesAfter is { } patience)
        {
            builder.Services.AddSingleton(new Patience(patience));
            builder.Services.AddHostedService<IdleExit>();
        }

        var app = builder.Build();
        if (listeners.Alone is { } server)
        {
            app.UseServerAlone(server);
        }

        app.UseCors(app.Services.GetRequiredService<FrontDoor>());
        app.UseGateway();
        app.UseRouting();
        app.UseAdminGuard();
        app.MapResourceMetadata();
        app.MapHealth();
        app.MapMetrics();
        app.MapAdmin();
        return app;
    }

    // A request is served where its bytes were read, without being handed from thread to thread:
    // nothing on its way blocks.
    private void UseSockets(SocketTransportOptions sockets)
    {
        sockets.UnsafePreferInlineScheduling = true;
        sockets.CreateBoundListenSocket = _sockets.Bind;
    }

    private void AddEngine(IServiceCollection services) =>
        services
            .AddSingleton(_engine.Board)
            .AddSingleton(_engine.Events)
            .AddSingleton(_engine.Runtime)
            .AddSingleton(_engine.Handshakes)
            .AddSingleton(_engine.Logs)
            .AddSingleton(_engine.Taps)
            .AddSingleton(_engine.Loggers)
            .AddSingleton(_engine.Time)
            .AddSingleton(_engine.Inputs)
            .AddSingleton(_engine.Reconciler)
            .AddSingleton(_engine.Logins)
            .AddSingleton<LoginService>()
            .AddSingleton<DemandOf>(_engine.Reconciler.Demand)
            .AddSingleton(_ => new StateSeal(_engine.InstallationKey))
            .AddSingleton(new Preview(_engine.Reconciler, _engine.InstallationKey))
            .AddSingleton(new Lifetime(_ending.Token))
            .AddSingleton(_readiness)
            .AddSingleton(_address)
            .AddSingleton(_portPlace);

    private KeyRing OpenKeys(DaemonListeners listeners) =>
        KeyRing.Open(listeners.ApiKeys, _engine.Time, _engine.Loggers.CreateLogger<KeyRing>());

    private void Listen(KestrelServerOptions kestrel, DaemonListeners listeners)
    {
        ListenerBounds.Apply(kestrel, _engine.Limits);
        kestrel.AddServerHeader = false;
        kestrel.ListenUnixSocket(listeners.Socket, socket => socket.ComesInAt(Listener.Socket));
        foreach (var address in listeners.Clients)
        {
            switch (address)
            {
                case ListenAddress.Socket { Path: var path }:
                    kestrel.ListenUnixSocket(path, at => at.ComesInAt(Listener.SocketAt(path)));
                    break;
                case ListenAddress.Tcp { EndPoint: var endPoint }:
                    var isMain = ReferenceEquals(endPoint, listeners.Main);
                    if (isMain)
                    {
                        var settings = _engine.Board.Current.Config.Gateway;
                        ReplicaRule.Check(endPoint, settings.Replicas);
                    }

                    Listen(kestrel, isMain ? Listener.MainAt(endPoint) : Listener.At(endPoint));
                    break;
            }
        }
    }

    private void Listen(KestrelServerOptions kestrel, Listener listener)
    {
        if (listener.EndPoint is not { } endPoint)
        {
            return;
        }

        var settings = _engine.Board.Current.Config.Gateway;
        BindRule.Check(listener, settings);
        kestrel.Listen(
            endPoint,
            at =>
            {
                at.ComesInAt(listener);
                Certify(at, settings);
            }
        );
    }

    private void Certify(ListenOptions main, GatewaySettings settings)
    {
        if (settings.Tls is { } files)
        {
            var logger = _engine.Loggers.CreateLogger<Certificate>();
            Certificate.Open(files, _engine.Time, logger).ServeOn(main);
        }
    }

    // Signals are the business of whoever started the daemon.
    private sealed class NoHostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <param name="Stop">Asks for a polite end.</param>
/// <param name="Force">Asks for one at once.</param>
internal sealed record Ending(CancellationToken Stop, CancellationToken Force);
