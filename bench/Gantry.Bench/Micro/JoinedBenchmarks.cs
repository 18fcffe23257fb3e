using System.Collections.Immutable;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gantry.Config;
using Gantry.Gateway;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Planning;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Bench.Micro;

/// <summary>What it costs to list the tools of many servers as one: 70 servers with 527 tools of
/// about a kilobyte each.</summary>
[MemoryDiagnoser]
public class JoinedBenchmarks : IDisposable
{
    private const int Servers = 70;
    private const int Tools = 527;

    private readonly Board _board = new();
    private readonly ServiceProvider _services;
    private readonly Aggregation _aggregation;
    private readonly Session _session;
    private readonly Frame _request = Frame.Parse(
        """{"jsonrpc":"2.0","id":42,"method":"tools/list","params":{}}"""u8
    );

    public JoinedBenchmarks()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(_board)
            .AddSingleton<IRuntime, NoRuntime>()
            .AddSingleton(new ServerLogs())
            .AddSingleton(TimeProvider.System)
            .AddSingleton<DemandOf>((ServerName _) => null)
            .AddGateway(new GatewayLimits())
            .BuildServiceProvider();
        Fill(_services.GetRequiredService<Catalogue>());
        _aggregation = _services.GetRequiredService<Aggregation>();
        _session =
            _services
                .GetRequiredService<SessionTable>()
                .Create("bench", new Target.Several(null), "{}"u8, Envelope.Own)
            ?? throw new InvalidOperationException("There is no session.");
    }

    internal static void Run() => MicroRun.Of<JoinedBenchmarks>();

    /// <summary>The answer to <c>tools/list</c> while every list is known.</summary>
    [Benchmark]
    public async Task<int> FromCache()
    {
        var exchange = new Exchange(_session, _request)
        {
            Seat = null,
            CanStream = true,
            LastSign = 0,
        };
        return (await _aggregation.RouteAsync(exchange, CancellationToken.None))?.Length ?? 0;
    }

    /// <summary>The same when one list has just changed.</summary>
    [Benchmark]
    public Task<int> AfterAChange()
    {
        // A configuration that says the same is another one all the same: every view is made anew.
        _board.Publish(was => was with { Config = was.Config with { } });
        return FromCache();
    }

    public void Dispose()
    {
        _request.Dispose();
        _services.DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    private void Fill(Catalogue catalogue)
    {
        var servers = Enumerable
            .Range(0, Servers)
            .Select(i => ServerName.Parse($"server-{i}"))
            .Select(name => new ServerSpec(
                name,
                new ProcessSpec(new("node"), [], "/"),
                new("bench.yaml", 1, 1)
            ))
            .Select(spec => Desired.Of(spec, [1]))
            .ToList();
        _board.Publish(was =>
            was with
            {
                Config = was.Config with
                {
                    Servers = servers.ToImmutableSortedDictionary(one => one.Name, one => one),
                },
            }
        );
        for (var i = 0; i < Servers; i++)
        {
            catalogue.Keep(servers[i], ListKind.Tools, new(Entries(i), null));
        }
    }

    private static ImmutableArray<Entry> Entries(int server) =>
        [
            .. Enumerable
                .Range(0, Tools)
                .Where(tool => tool % Servers == server)
                .Select(tool => new Entry($"tool_{tool}", Tool(tool))),
        ];

    private static byte[] Tool(int number)
    {
        var properties = string.Join(
            ',',
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    $$"""
                        "argument_{{i}}":{"type":"string","description":"What argument {{i}} of tool {{number}} is for, in a sentence."}
                        """
                )
        );
        return Encoding.UTF8.GetBytes(
            $$$"""{"name":"tool_{{{number}}}","title":"Tool {{{number}}}","description":"Does what tool {{{number}}} does, and says so at some length.","inputSchema":{"type":"object","properties":{{{{properties}}}}},"annotations":{"readOnlyHint":true}}"""
        );
    }

    /// <summary>Nothing runs: all that is asked for is known.</summary>
    private sealed class NoRuntime : IRuntime
    {
        public event Action<ServerName>? Changed
        {
            add { }
            remove { }
        }

        public IConnection? Connect(InstanceId instance) => null;

        public ValueTask<ImmutableArray<Instance>> ObserveAsync(
            ServerName server,
            CancellationToken cancellationToken
        ) => new(ImmutableArray<Instance>.Empty);

        public ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
