using Gantry.Config;
using Gantry.EndToEnd.Harness;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Runtimes.Process;
using Gantry.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.EndToEnd.Lifetime;

/// <summary>A thousand lives of a server, seen from below: nothing may pile up.</summary>
[Collection(nameof(Alone))]
public sealed class CycleTests : Scenario
{
    private const int WarmUp = 200;
    private const int Cycles = 1_000;
    private const int MemoryAllowance = 4 * 1024;

    // Quick to start, so that a thousand of them fit into a test.
    private const string QuickServer = """
        read -r line
        id=${line#*\"id\":}
        id=${id%%[,\}]*}
        printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25",' "$id"
        printf '"capabilities":{},"serverInfo":{"name":"sh","version":"1"}}}\n'
        while read -r line; do :; done
        """;

    [Fact(Timeout = 300_000)]
    public async Task A_thousand_starts_and_stops_leave_nothing_behind()
    {
        await using var runtime = new ProcessRuntime(
            new(Places.Gantry, []),
            new SessionHandshakes(),
            new ServerLogs(),
            new WireTaps(TimeProvider.System),
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        var server = Server();
        await RepeatAsync(runtime, server, WarmUp);
        var before = Measure(runtime);

        await RepeatAsync(runtime, server, Cycles);
        var after = Measure(runtime);

        Report($"before: {before}");
        Report($"after {Cycles} more: {after}");
        Assert.Empty(Strays());
        Assert.Equal(before.Processes, after.Processes);
        Assert.True(after.Files <= before.Files + 2, $"files: {before} -> {after}");
        Assert.True(
            after.KeeperFiles <= before.KeeperFiles + 2,
            $"keeper's files: {before} -> {after}"
        );
        Assert.True(after.Memory <= before.Memory + MemoryAllowance, $"{before} -> {after}");
        Assert.True(
            after.KeeperMemory <= before.KeeperMemory + MemoryAllowance,
            $"{before} -> {after}"
        );
    }

    private Desired Server()
    {
        var process = new ProcessSpec(new("sh"), [new("-c"), new(QuickServer), new(Mark)], Home);
        var spec = new ServerSpec(ServerName.Parse("quick"), process, new("test", 1, 1));
        return Desired.Of(spec, "key"u8);
    }

    private static async Task RepeatAsync(ProcessRuntime runtime, Desired server, int times)
    {
        for (var cycle = 0; cycle < times; cycle++)
        {
            await LiveOnceAsync(runtime, server);
        }
    }

    private static async Task LiveOnceAsync(ProcessRuntime runtime, Desired server)
    {
        var id = InstanceId.Of(server, ordinal: 0);
        await runtime.StartAsync(new(server, id, 0, Session: null, "test"), Token);
        await PhaseAsync(runtime, server.Name, Phase.Ready);
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(5);
        await runtime.StopAsync(new(id, deadline, Cause.Asked, "test"), Token);
        await PhaseAsync(runtime, server.Name, Phase.Exited);
    }

    // Woken by the runtime itself: polling would be most of the thousand cycles.
    private static async Task PhaseAsync(ProcessRuntime runtime, ServerName server, Phase phase)
    {
        using var changed = new SemaphoreSlim(1);
        void Wake(ServerName name) => changed.Release();
        runtime.Changed += Wake;
        try
        {
            do
            {
                if (!await changed.WaitAsync(Eventually.Patience, Token))
                {
                    throw new TimeoutException($"{server} did not become {phase}.");
                }
            } while ((await LatestAsync(runtime, server))?.Phase != phase);
        }
        finally
        {
            runtime.Changed -= Wake;
        }
    }

    private static async Task<Instance?> LatestAsync(ProcessRuntime runtime, ServerName server)
    {
        var observed = await runtime.ObserveAsync(server, Token);
        return observed.MaxBy(instance => instance.StartedAt);
    }

    private static Figures Measure(ProcessRuntime runtime)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var keeper = runtime.KeeperProcessId ?? 0;
        return new(
            ProcessTable.Descendants(keeper).Count,
            ProcessTable.CountFiles(Environment.ProcessId),
            ProcessTable.CountFiles(keeper),
            (int)(GC.GetTotalMemory(forceFullCollection: true) / 1024),
            ProcessTable.MemoryOf(keeper)
        );
    }

    private static void Report(string line) =>
        TestContext.Current.TestOutputHelper?.WriteLine(line);

    /// <summary>Memory in KiB.</summary>
    private sealed record Figures(
        int Processes,
        int Files,
        int KeeperFiles,
        int Memory,
        int KeeperMemory
    );
}
