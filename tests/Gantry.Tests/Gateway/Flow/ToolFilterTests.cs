using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Modern;
using Xunit;
using static Gantry.Gateway.Modern.Several;

namespace Gantry.Gateway.Flow;

/// <summary>Servers of whose tools the configuration leaves only some.</summary>
public sealed class ToolFilterTests
{
    private const int Patience = 30_000;
    private const string Changed = "notifications/tools/list_changed";
    private const string Acknowledged = "notifications/subscriptions/acknowledged";

    [Fact(Timeout = Patience)]
    public async Task A_denied_tool_is_neither_listed_nor_called_wherever_its_server_is_reached()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo", tools: new([new("read*")], [new("*secret")]));
        var echo = gateway.Ready("echo");
        echo.Lists("read", "write", "read_secret");
        using var legacy = await gateway.NewSessionAsync();
        using var modern = new ModernClient(gateway.Address);
        using var joined = await gateway.JoinAsync();
        using var several = new ModernClient(gateway.Address, "");

        Assert.Equal("read", await legacy.ToolsAsync());
        Assert.Equal("echo__read", await joined.ToolsAsync());
        var listed = await modern.ResultAsync("tools/list");
        Assert.Equal("""[{"name":"read"}]""", listed.GetProperty("tools").GetRawText());
        Assert.Equal("complete", listed.GetProperty("resultType").GetString());
        await legacy.ResultAsync("tools/call", Joined.Tool("read"));
        Assert.Equal(
            "Unknown tool: write",
            await legacy.RefusalAsync("tools/call", Joined.Tool("write"))
        );
        Assert.Equal(
            "Unknown tool: read_SECRET",
            await legacy.RefusalAsync("tools/call", Joined.Tool("read_SECRET"))
        );
        using var denied = await modern.CallToolAsync("write");
        using var among = await several.CallToolAsync("echo__write");
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(denied));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(among));
        Assert.StartsWith(
            "No server here has a tool 'echo__write'.",
            await joined.RefusalAsync("tools/call", Joined.Tool("echo__write")),
            StringComparison.Ordinal
        );
        Assert.Equal(1, echo.CallsOf("tools/call"));
    }

    [Theory(Timeout = Patience)]
    [InlineData(Isolation.Shared)]
    [InlineData(Isolation.Session)]
    public async Task Changed_rules_are_told_wherever_the_server_is_reached(Isolation isolation)
    {
        await using var gateway = await StartWithToolsAsync(isolation);
        using var legacy = await gateway.NewSessionAsync();
        using var modern = new ModernClient(gateway.Address);
        using var joined = await gateway.JoinAsync();
        using var alone = new Events(await legacy.GetAsync());
        using var stream = new Events(await ListenAsync(modern));
        using var watching = new Events(await ListenAsync(modern, "file:///a"));
        using var among = new Events(await joined.GetAsync());
        await stream.NextMessageAsync(Acknowledged);
        await watching.NextMessageAsync(Acknowledged);
        await legacy.ToolsAsync();

        gateway.Define("echo", isolation, tools: new([new("read")], []));

        await alone.NextMessageAsync(Changed);
        await stream.NextMessageAsync(Changed);
        await watching.NextMessageAsync(Changed);
        await among.NextMessageAsync(Changed);
        Assert.Equal("read", await legacy.ToolsAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Changed_rules_are_told_once_and_to_clients_of_that_server_alone()
    {
        await using var gateway = await StartWithToolsAsync(Isolation.Shared);
        gateway.Define("other");
        gateway.Ready("other");
        using var client = await gateway.NewSessionAsync();
        using var stranger = await gateway.NewSessionAsync("other");
        using var own = new Events(await client.GetAsync());
        using var others = new Events(await stranger.GetAsync());

        gateway.Define("echo", tools: new([new("read")], []));
        await own.NextMessageAsync(Changed);
        Instance(gateway, "echo")
            .Say(
                Client.Notification(Changed.Replace("tools", "prompts", StringComparison.Ordinal))
            );
        Instance(gateway, "other")
            .Say(
                Client.Notification(Changed.Replace("tools", "prompts", StringComparison.Ordinal))
            );

        Assert.Equal(
            "notifications/prompts/list_changed",
            (await own.NextMessageAsync()).GetProperty("method").GetString()
        );
        Assert.Equal(
            "notifications/prompts/list_changed",
            (await others.NextMessageAsync()).GetProperty("method").GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_list_that_was_remembered_is_not_given_under_changed_rules()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var flow = new FlowPolicy { Cache = new() };
        gateway.Define("echo", flow: flow);
        var echo = gateway.ReadyModern("echo");
        echo.Script = call =>
            call.Respond(
                """{"tools":[{"name":"read"},{"name":"write"}],"ttlMs":60000,"cacheScope":"public"}"""
            );
        using var client = new ModernClient(gateway.Address);

        await client.ResultAsync("tools/list");
        var remembered = await client.ResultAsync("tools/list");
        gateway.Define("echo", flow: flow, tools: new([new("read")], []));
        var listed = await client.ResultAsync("tools/list");

        Assert.Equal(["read", "write"], Names(remembered, "tools"));
        Assert.Equal(["read"], Names(listed, "tools"));
    }

    [Theory]
    [InlineData("a+file:///x/y", true)]
    [InlineData("a+file:///x/%79", true)]
    [InlineData("a+file:///x/../z", false)]
    [InlineData("a+file:///x/%2E%2e/z", false)]
    [InlineData("a+file:///x/%252e%252e/z", false)]
    [InlineData("a+file:///x\\y", false)]
    [InlineData("a+file:///x/hidden", false)]
    [InlineData("a+file:///x/hidde%6E", false)]
    public void A_uri_is_judged_however_it_is_written(string uri, bool isPermitted) =>
        Assert.Equal(
            isPermitted,
            new NameRules([new("a+file:///x*")], [new("*hidden")]).PermitsUri(uri)
        );

    private static async Task<GatewayUnderTest> StartWithToolsAsync(Isolation isolation)
    {
        var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        gateway.Runtime.Made = connection => connection.Lists("read", "write");
        gateway.Define("echo", isolation);
        gateway.Wanted = name =>
        {
            foreach (var session in gateway.Demand(name.ToString()).Sessions)
            {
                gateway.ReadyOnce(name.ToString(), session);
            }
        };
        if (isolation is Isolation.Shared)
        {
            gateway.Ready("echo");
        }

        return gateway;
    }

    private static Task<HttpResponseMessage> ListenAsync(ModernClient client, params string[] uris)
    {
        var wanted = string.Join(',', uris.Select(uri => $"\"{uri}\""));
        return client.AskAsync(
            "subscriptions/listen",
            $$"""
            "notifications":{"toolsListChanged":true,"resourceSubscriptions":[{{wanted}}]},
            """
        );
    }
}
