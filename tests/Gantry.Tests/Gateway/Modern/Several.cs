using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Xunit;

namespace Gantry.Gateway.Modern;

/// <summary>Gateways to several servers as one, for clients without sessions.</summary>
internal static class Several
{
    public static GatewayLimits Limits { get; } =
        new() { LeaseIdleTimeout = TimeSpan.FromHours(1) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<GatewayUnderTest> StartAsync(bool isModern, params string[] servers)
    {
        var gateway = await GatewayUnderTest.StartAsync();
        Add(gateway, isModern, servers);
        return gateway;
    }

    public static void Add(GatewayUnderTest gateway, bool isModern, params string[] servers)
    {
        gateway.Runtime.Made = connection =>
        {
            connection.Lists("x");
            var answer = connection.Script;
            connection.Script = call =>
            {
                if (call.Method == "subscriptions/listen")
                {
                    call.Tell(Client.Notification("notifications/subscriptions/acknowledged"));
                }
                else
                {
                    answer?.Invoke(call);
                }
            };
        };
        foreach (var server in servers)
        {
            gateway.Define(server);
            _ = isModern ? gateway.ReadyModern(server) : gateway.Ready(server);
        }
    }

    /// <summary>Servers that start an instance whenever a session wants one, and leave all but lists
    /// to the test.</summary>
    public static async Task<GatewayUnderTest> StartOwnAsync(params string[] servers)
    {
        var gateway = await GatewayUnderTest.StartAsync(Limits);
        foreach (var server in servers)
        {
            gateway.Define(server, Isolation.Session);
        }

        gateway.Wanted = name =>
        {
            foreach (var session in gateway.Demand(name.ToString()).Sessions)
            {
                gateway.ReadyOnce(name.ToString(), session);
            }
        };
        gateway.Runtime.Made = connection =>
            connection.Script = call =>
            {
                if (call.Method.EndsWith("/list", StringComparison.Ordinal))
                {
                    call.Respond("{}");
                }
            };
        return gateway;
    }

    public static async Task<ScriptedConnection> OwnAsync(GatewayUnderTest gateway, string server)
    {
        while (!Servers(gateway).Contains(server))
        {
            await Task.Yield();
        }

        return Instance(gateway, server);
    }

    public static async Task<ScriptedCall> ListenedAsync(ScriptedConnection connection, string uri)
    {
        while (true)
        {
            var call = await connection.NextAsync("subscriptions/listen");
            if (call.Text.Contains(uri, StringComparison.Ordinal))
            {
                return call;
            }
        }
    }

    public static ScriptedConnection Instance(GatewayUnderTest gateway, string server) =>
        gateway.Runtime.Connections.Values.First(one =>
            one.Instance.Value.StartsWith(server + "-", StringComparison.Ordinal)
        );

    public static IEnumerable<string> Servers(GatewayUnderTest gateway) =>
        gateway
            .Runtime.Connections.Keys.Select(instance => instance.Value.Split('-')[0])
            .Distinct();

    public static string[] Names(JsonElement result, string list) =>
        [
            .. result
                .GetProperty(list)
                .EnumerateArray()
                .Select(entry => entry.GetProperty("name").GetString() ?? ""),
        ];

    public static string? ServerOf(JsonElement result) =>
        result
            .GetProperty("_meta")
            .GetProperty("io.modelcontextprotocol/serverInfo")
            .GetProperty("name")
            .GetString();

    public static int SubscriptionOf(JsonElement message) =>
        message
            .GetProperty("params")
            .GetProperty("_meta")
            .GetProperty("io.modelcontextprotocol/subscriptionId")
            .GetInt32();
}
