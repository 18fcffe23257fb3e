using Gantry.Gateway;
using Gantry.Gateway.Duplex;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Daemon;

/// <summary>A daemon that leaves when nobody uses it.</summary>
public sealed class IdleExitTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task It_leaves_once_nobody_has_used_it_for_so_long()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var exit = NewExit(gateway);
        using (await gateway.NewSessionAsync()) { }

        await exit.StartAsync(Cancelled);
        var steps = 0;
        while (!IsLeaving(gateway))
        {
            await StepAsync(gateway);
            steps++;
        }

        Assert.True(steps * s_step >= s_patience, $"It left after {steps} steps.");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/mcp/echo/sse")]
    [InlineData("/mcp/echo")]
    public async Task It_stays_while_somebody_listens(string path)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var exit = NewExit(gateway);
        using var client = await gateway.NewSessionAsync();
        using var old = await SseClient.OpenAsync(gateway.Address, "/mcp/echo/sse");
        if (path.EndsWith("/sse", StringComparison.Ordinal))
        {
            await old.InitializeAsync();
        }
        else
        {
            old.Dispose();
        }

        using var stream = path == "/mcp/echo" ? new Events(await client.GetAsync()) : null;
        await exit.StartAsync(Cancelled);
        for (var step = 0; step < 40; step++)
        {
            await StepAsync(gateway);
            Assert.False(IsLeaving(gateway), $"It left after {step} steps.");
        }

        await exit.StopAsync(Cancelled);
    }

    private static IdleExit NewExit(GatewayUnderTest gateway) =>
        new(
            gateway.Sessions,
            gateway.Conversations,
            new(s_patience),
            gateway.Clock,
            gateway.Lifetime,
            NullLogger<IdleExit>.Instance
        );

    private static bool IsLeaving(GatewayUnderTest gateway) =>
        gateway.Lifetime.ApplicationStopping.IsCancellationRequested;

    // Whoever wakes by this clock gets a moment to look.
    private static async Task StepAsync(GatewayUnderTest gateway)
    {
        gateway.Clock.Advance(s_step);
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
    }
}
