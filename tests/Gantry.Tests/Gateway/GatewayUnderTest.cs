using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Http;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Planning;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gantry.Gateway;

/// <summary>
/// A real listener with the gateway behind it, and behind that a board and instances that the test
/// plays.
/// </summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    public const string Capabilities = """
        {"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"logging":{},"tasks":{"list":{}}}
        """;

    private readonly ConcurrentDictionary<ServerName, DemandMeter> _meters = new();
    private readonly WebApplication _app;
    private int _ordinal;

    private GatewayUnderTest(GatewayLimits limits, string? lists, KeyRing? keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ListenerBounds.Apply(kestrel, limits);
            kestrel.ConfigureEndpointDefaults(listener =>
                listener.ComesInAt(Listener.MainAt(new(IPAddress.Loopback, 0)))
            );
        });
        builder.Services.AddSingleton(Board);
        builder.Services.AddSingleton<IRuntime>(Runtime);
        builder.Services.AddSingleton(Logs);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<DemandOf>(name => _meters.GetValueOrDefault(name));
        builder.Services.AddSingleton(new KnowledgeFiles(lists));
        if (keys is not null)
        {
            builder.Services.AddSingleton(keys);
        }

        builder.Services.AddGateway(limits);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        _app = builder.Build();
        _app.UseCors(_app.Services.GetRequiredService<FrontDoor>());
        _app.UseGateway();
        _app.UseRouting();
        _app.MapResourceMetadata();
    }

    public Board Board { get; } = new();

    public FakeRuntime Runtime { get; } = new();

    public ServerLogs Logs { get; } = new();

    public FakeClock Clock { get; } = new();

    /// <summary>What every new instance answers at once; null leaves them as they are.</summary>
    public Action<ScriptedCall>? Script { get; set; }

    /// <summary>Called when somebody wants a server.</summary>
    public Action<ServerName>? Wanted { get; set; }

    public Uri Address => new(_app.Urls.First());

    public SessionHandshakes Handshakes => _app.Services.GetRequiredService<SessionHandshakes>();

    public KeyRing Keys => _app.Services.GetRequiredService<KeyRing>();

    public WireTaps Taps => _app.Services.GetRequiredService<WireTaps>();

    public Duplex.Conversations Conversations =>
        _app.Services.GetRequiredService<Duplex.Conversations>();

    public IHostApplicationLifetime Lifetime => _app.Lifetime;

    public SessionTable Sessions => _app.Services.GetRequiredService<SessionTable>();

    public Peers Peers => _app.Services.GetRequiredService<Peers>();

    /// <param name="lists">Where to keep what servers list; nowhere if null.</param>
    /// <param name="keys">Those of another gateway; its own if null.</param>
    public static async Task<GatewayUnderTest> StartAsync(
        GatewayLimits? limits = null,
        string? lists = null,
        KeyRing? keys = null
    )
    {
        var gateway = new GatewayUnderTest(limits ?? new(), lists, keys);
        await gateway._app.StartAsync(TestContext.Current.CancellationToken);
        return gateway;
    }

    /// <summary>A gateway with one server, <c>echo</c>, whose one shared instance is ready.</summary>
    public static async Task<(GatewayUnderTest, ScriptedConnection)> StartWithEchoAsync(
        GatewayLimits? limits = null
    )
    {
        var gateway = await StartAsync(limits);
        gateway.Define("echo");
        return (gateway, gateway.Ready("echo"));
    }

    /// <summary>Puts other settings into force.</summary>
    public void Configure(GatewaySettings settings) =>
        Board.Publish(was => was with { Config = was.Config with { Gateway = settings } });

    /// <summary>Makes it a replica of all that share the secret.</summary>
    public void Join(params string[] secrets)
    {
        Peers.ListenAt(Address);
        Configure(
            Board.Current.Config.Gateway with
            {
                Replicas = new() { Secrets = [.. secrets.Select(one => new Expandable(one))] },
            }
        );
    }

    public void Define(
        string server,
        Isolation isolation = Isolation.Shared,
        string? tenant = null,
        int? port = null,
        FlowPolicy? flow = null,
        RuntimeSpec? runtime = null,
        NameRules? tools = null
    )
    {
        var name = ServerName.Parse(server);
        var spec = new ServerSpec(
            name,
            runtime ?? new ProcessSpec(new("node"), [], "/"),
            new("test.yaml", 1, 1)
        )
        {
            Isolation = isolation,
            Flow = flow ?? new(),
            Tools = tools ?? NameRules.None,
            Instances = new(0, 10),
            Tenant = tenant,
            Port = port,
        };
        _meters[name] = new(Clock, () => Wanted?.Invoke(name));
        Board.Publish(was =>
        {
            var servers = was.Config.Servers.SetItem(name, Desired.Of(spec, [1]));
            return was with { Config = was.Config with { Servers = servers } };
        });
        Change(server, status => status);
    }

    /// <summary>A gateway with one server, <c>echo</c>, around which these rules hold.</summary>
    public static async Task<(GatewayUnderTest, ScriptedConnection)> StartWithFlowAsync(
        FlowPolicy flow,
        GatewayLimits? limits = null
    )
    {
        var gateway = await StartAsync(limits);
        gateway.Define("echo", flow: flow);
        return (gateway, gateway.Ready("echo"));
    }

    /// <summary>Gives the configuration these groups and no others.</summary>
    public void DefineGroups(params GroupSpec[] groups) =>
        Board.Publish(was =>
            was with
            {
                Config = was.Config with
                {
                    Groups = groups.ToImmutableSortedDictionary(
                        group => group.Name,
                        group => group
                    ),
                },
            }
        );

    public void Undefine(string server) =>
        Board.Publish(was =>
            was with
            {
                Config = was.Config with
                {
                    Servers = was.Config.Servers.Remove(ServerName.Parse(server)),
                },
            }
        );

    /// <summary>Makes a ready instance, in the place of any that the session had.</summary>
    public ScriptedConnection Ready(string server, string? session = null) =>
        Ready(
            server,
            session,
            Dialect.NewestWithSessions,
            name =>
                $$"""
                    {"protocolVersion":"2025-11-25","capabilities":{{Capabilities}},"serverInfo":{"name":"{{name}}","version":"1"},"instructions":"Be kind."}
                    """
        );

    /// <summary>Makes a ready instance that knows no sessions.</summary>
    public ScriptedConnection ReadyModern(string server, string? session = null) =>
        Ready(
            server,
            session,
            Dialect.NewestWithoutSessions,
            name =>
                $$$$"""
                    {"supportedVersions":["2026-07-28"],"capabilities":{{{{Capabilities}}}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"{{{{name}}}}","version":"1"}}}
                    """
        );

    private ScriptedConnection Ready(
        string server,
        string? session,
        Dialect dialect,
        Func<string, string> introduce
    )
    {
        var id = new InstanceId($"{server}-{Interlocked.Increment(ref _ordinal)}");
        var connection = new ScriptedConnection(id, dialect, introduce(id.Value));
        connection.Script = Script ?? connection.Script;
        Runtime.Made?.Invoke(connection);
        Runtime.Connections[id] = connection;
        Change(
            server,
            status =>
                status with
                {
                    Instances =
                    [
                        .. status.Instances.Where(other => other.Session != session),
                        Instance(status, id, session),
                    ],
                    Plan = Plan.Nothing,
                }
        );
        return connection;
    }

    /// <summary>Makes a ready instance for a session that has none.</summary>
    public void ReadyOnce(string server, string session)
    {
        var status = Board.Current.Servers[ServerName.Parse(server)];
        if (!status.Instances.Any(instance => instance.Session == session))
        {
            Ready(server, session);
        }
    }

    /// <summary>Takes an instance off the board after its connection is lost.</summary>
    public void Crash(string server, ScriptedConnection connection, string reason)
    {
        connection.Crash(reason);
        Runtime.Connections.TryRemove(connection.Instance, out _);
        Change(
            server,
            status =>
                status with
                {
                    Instances =
                    [
                        .. status.Instances.Where(other => other.Id != connection.Instance),
                    ],
                }
        );
    }

    public void Trouble(string server, Trouble? trouble) =>
        Change(server, status => status with { Plan = new([], null, trouble) });

    public Demand Demand(string server) => _meters[ServerName.Parse(server)].Read();

    public void Change(string server, Func<ServerStatus, ServerStatus> change)
    {
        var name = ServerName.Parse(server);
        Board.Publish(was =>
        {
            var status =
                was.Servers.GetValueOrDefault(name)
                ?? new(
                    name,
                    was.Config.Servers[name],
                    Intent.Default,
                    [],
                    [],
                    Plan.Nothing,
                    Clock.GetUtcNow()
                );
            return was with { Servers = was.Servers.SetItem(name, change(status)) };
        });
    }

    public Client NewClient(string server = "echo") => new(Address, server);

    public async Task<Client> NewSessionAsync(string server = "echo")
    {
        var client = NewClient(server);
        await client.InitializeAsync();
        return client;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Instance Instance(ServerStatus status, InstanceId id, string? session) =>
        new(
            id,
            status.Name,
            (status.Desired ?? throw new InvalidOperationException("not defined")).Hash,
            0,
            Phase.Ready,
            Clock.GetUtcNow()
        )
        {
            Session = session,
            StartedAt = Clock.GetUtcNow(),
            StopPolicy = new(TimeSpan.Zero, TimeSpan.Zero),
        };
}
