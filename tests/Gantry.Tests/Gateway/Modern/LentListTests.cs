using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Xunit;
using static Gantry.Gateway.Modern.Several;

namespace Gantry.Gateway.Modern;

/// <summary>What clients without sessions are given, among several servers, of the lists of one that
/// lends them instances.</summary>
public sealed class LentListTests
{
    private const int Patience = 30_000;
    private const string Changed = "notifications/tools/list_changed";

    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact(Timeout = Patience)]
    public async Task A_list_that_an_instance_says_has_changed_is_asked_of_it_again()
    {
        await using var gateway = await StartAsync("a");
        using var client = new ModernClient(gateway.Address, "");
        Assert.Equal(["own__a"], await ToolsAsync(client));
        using var stream = await ListenAsync(client);
        var own = Instance(gateway, "own");

        own.Lists("a", "b");
        own.Say(Client.Notification(Changed));
        await stream.NextMessageAsync(Changed);

        Assert.Equal(["own__a", "own__b"], await ToolsAsync(client));
        own.CallsOf("tools/list");
        Assert.Equal(["own__a", "own__b"], await ToolsAsync(client));
        Assert.Equal(0, own.CallsOf("tools/list"));
        Assert.Single(gateway.Runtime.Connections);
    }

    [Fact(Timeout = Patience)]
    public async Task A_new_instance_with_another_list_is_told_and_describes_it_after_an_hour()
    {
        await using var gateway = await StartAsync("a");
        using var client = new ModernClient(gateway.Address, "");
        using var other = new ModernClient(gateway.Address, "g/all");
        Assert.Equal(["own__a"], await ToolsAsync(client));
        await RenewAsync(gateway, client, "b");
        Assert.Equal(["own__b"], await ToolsAsync(client));
        Assert.Equal(["own__a"], await ToolsAsync(other));

        gateway.Clock.Advance(s_hour);
        await RenewAsync(gateway, client, "d");
        Assert.Equal(["own__d"], await ToolsAsync(client));
        Assert.Equal(["own__d"], await ToolsAsync(other));
    }

    [Fact(Timeout = Patience)]
    public async Task Clients_that_can_do_other_things_may_be_given_other_lists()
    {
        await using var gateway = await StartAsync("a");
        using var client = new ModernClient(gateway.Address, "");
        using var able = new ModernClient(gateway.Address, "")
        {
            Capabilities = """{"sampling":{}}""",
        };
        Assert.Equal(["own__a"], await ToolsAsync(client));
        gateway.Runtime.Made = connection => connection.Lists("a", "sample");

        using var stream = await ListenAsync(able);
        using var call = await able.CallToolAsync("own__a");
        await stream.NextMessageAsync(Changed);

        Assert.Equal(["own__a", "own__sample"], await ToolsAsync(able));
        Assert.Equal(2, gateway.Runtime.Connections.Count);
    }

    [Fact(Timeout = Patience)]
    public async Task A_list_whose_time_is_over_is_asked_of_an_instance_that_is_there()
    {
        await using var gateway = await StartAsync("a");
        gateway.Runtime.Made = connection =>
            connection.Script = call => call.Respond("""{"tools":[{"name":"a"}],"ttlMs":1000}""");
        using var client = new ModernClient(gateway.Address, "");
        await ToolsAsync(client);
        await ToolsAsync(client);
        var own = Instance(gateway, "own");
        Assert.Equal(1, own.CallsOf("tools/list"));

        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        await ToolsAsync(client);
        Assert.Equal(1, own.CallsOf("tools/list"));

        gateway.Clock.Advance(TimeSpan.FromSeconds(2));
        EndLent(gateway);
        Assert.Equal(["own__a"], await ToolsAsync(client));
        Assert.Single(gateway.Runtime.Connections);
    }

    private static async Task<GatewayUnderTest> StartAsync(params string[] tools)
    {
        var gateway = await StartOwnAsync("own");
        gateway.Runtime.Made = connection => connection.Lists(tools);
        gateway.DefineGroups(new GroupSpec(ServerName.Parse("all"), new("test.yaml", 1, 1)));
        return gateway;
    }

    // The instance that it was lent ends, and the next one lists something else.
    private static async Task RenewAsync(GatewayUnderTest gateway, ModernClient client, string tool)
    {
        using var stream = await ListenAsync(client);
        EndLent(gateway);
        gateway.Runtime.Made = connection => connection.Lists(tool);
        using var call = await client.CallToolAsync("own__" + tool);
        await stream.NextMessageAsync(Changed);
    }

    private static void EndLent(GatewayUnderTest gateway)
    {
        foreach (var session in gateway.Sessions.All.Where(session => session.IsLent))
        {
            gateway.Sessions.End(session, "for the test");
        }
    }

    private static async Task<Events> ListenAsync(ModernClient client)
    {
        var stream = new Events(
            await client.AskAsync(
                "subscriptions/listen",
                """
                "notifications":{"toolsListChanged":true},
                """
            )
        );
        await stream.NextMessageAsync("notifications/subscriptions/acknowledged");
        return stream;
    }

    private static async Task<string[]> ToolsAsync(ModernClient client) =>
        Names(await client.ResultAsync("tools/list"), "tools");
}
