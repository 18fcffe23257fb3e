using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Replicas;

/// <summary>Two gateways that share a secret, each with a server <c>echo</c> of its own.</summary>
internal sealed class Pair : IAsyncDisposable
{
    public const string Secret = "a secret for tests and for nothing else";

    private Pair(GatewayUnderTest one, GatewayUnderTest other) => (One, Other) = (one, other);

    public GatewayUnderTest One { get; }

    public GatewayUnderTest Other { get; }

    public static async Task<Pair> StartAsync(
        Isolation isolation = Isolation.Shared,
        GatewayLimits? limits = null,
        FlowPolicy? flow = null,
        GatewaySettings? settings = null
    )
    {
        var one = await GatewayUnderTest.StartAsync(limits);
        var other = await GatewayUnderTest.StartAsync(limits, keys: one.Keys);
        foreach (var gateway in (GatewayUnderTest[])[one, other])
        {
            gateway.Configure(settings ?? new());
            gateway.Define("echo", isolation, flow: flow);
            gateway.Join(Secret);
        }

        return new(one, other);
    }

    /// <summary>The same client, whose next request goes to another gateway.</summary>
    public static Client Moved(Client client, GatewayUnderTest to)
    {
        var moved = to.NewClient();
        (moved.Session, moved.Authorization) = (client.Session, client.Authorization);
        return moved;
    }

    /// <summary>Makes whoever wants an instance of its own get one.</summary>
    public static void ServeSessions(GatewayUnderTest gateway) =>
        gateway.Wanted = _ =>
        {
            foreach (var session in gateway.Demand("echo").Sessions)
            {
                gateway.ReadyOnce("echo", session);
            }
        };

    /// <summary>Waits for the next call of a tool.</summary>
    public static async Task<ScriptedCall> ToolCallAsync(ScriptedConnection connection)
    {
        while (true)
        {
            var call = await connection.Calls.Reader.ReadAsync(
                TestContext.Current.CancellationToken
            );
            if (call.Method == "tools/call")
            {
                return call;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
    }
}
