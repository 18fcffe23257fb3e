using System.Text.Json;
using Xunit;

namespace Gantry.Gateway.Eras;

/// <summary>Clients with sessions at a shared server that knows none.</summary>
public sealed class ModernServerTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Each_request_says_who_asks_and_each_result_only_what_sessions_know()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        echo.Script = call =>
            call.Respond(
                """{"tools":[],"resultType":"complete","ttlMs":5,"cacheScope":"public"}"""
            );

        await client.CallAsync("8", "logging/setLevel", """{"level":"info"}""");
        var answer = await client.CallAsync("7", "tools/list");

        var meta = Meta(await CallAsync(echo, "tools/list"));
        Assert.Equal(
            "2026-07-28",
            meta.GetProperty("io.modelcontextprotocol/protocolVersion").GetString()
        );
        Assert.Equal(
            """{"sampling":{}}""",
            meta.GetProperty("io.modelcontextprotocol/clientCapabilities").GetRawText()
        );
        Assert.Equal("info", meta.GetProperty("io.modelcontextprotocol/logLevel").GetString());
        Assert.Equal("""{"tools":[]}""", answer.GetProperty("result").GetRawText());
    }

    [Fact(Timeout = Patience)]
    public async Task The_name_of_the_server_is_found_where_the_era_puts_it()
    {
        var (gateway, _) = await StartAsync();
        await using var __ = gateway;
        using var client = gateway.NewClient();

        var result = (await client.InitializeAsync()).GetProperty("result");

        Assert.Equal("2025-11-25", result.GetProperty("protocolVersion").GetString());
        Assert.StartsWith(
            "echo-",
            result.GetProperty("serverInfo").GetProperty("name").GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task What_the_server_needs_is_asked_of_the_client()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        var answering = client.PostAsync(Client.Request("1", "tools/call", """{"name":"t"}"""));
        var first = await CallAsync(echo, "tools/call");
        first.Respond(
            """{"resultType":"input_required","inputRequests":{"k":{"method":"roots/list","params":{}}},"requestState":"s"}"""
        );
        using var events = new Events(await answering);
        var question = await events.NextMessageAsync();
        var id = question.GetProperty("id").GetRawText();
        using var accepted = await client.PostAsync(
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"roots":[]}}"""
        );
        var second = await CallAsync(echo, "tools/call");
        second.Respond("""{"content":[],"resultType":"complete"}""");
        var answer = await events.NextMessageAsync();

        Assert.Equal("roots/list", question.GetProperty("method").GetString());
        var again = Client.Parse(second.Text).GetProperty("params");
        Assert.Equal("s", again.GetProperty("requestState").GetString());
        Assert.Equal("""{"k":{"roots":[]}}""", again.GetProperty("inputResponses").GetRawText());
        Assert.Equal("t", again.GetProperty("name").GetString());
        Assert.Equal(1, answer.GetProperty("id").GetInt32());
        Assert.Equal("""{"content":[]}""", answer.GetProperty("result").GetRawText());
    }

    [Fact(Timeout = Patience)]
    public async Task A_subscription_becomes_a_stream_that_names_all_of_them()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var events = new Events(await client.GetAsync());
        await CallAsync(echo, "subscriptions/listen");

        var subscribing = client.CallAsync("1", "resources/subscribe", """{"uri":"a:b"}""");
        var listen = await CallAsync(echo, "subscriptions/listen");
        listen.Tell(
            """{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{}}"""
        );
        Assert.Equal("{}", (await subscribing).GetProperty("result").GetRawText());
        listen.Tell(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b","_meta":{"io.modelcontextprotocol/subscriptionId":1}}}"""
        );

        var wishes = Client.Parse(listen.Text).GetProperty("params").GetProperty("notifications");
        Assert.Equal("""["a:b"]""", wishes.GetProperty("resourceSubscriptions").GetRawText());
        Assert.Equal(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b"}}""",
            await events.NextAsync()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_stream_that_broke_is_opened_again_and_what_it_missed_is_told()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var events = new Events(await client.GetAsync());
        var broken = await CallAsync(echo, "subscriptions/listen");

        broken.Lose("The stream broke.");
        var coming = CallAsync(echo, "subscriptions/listen");
        var pause = TimeSpan.FromSeconds(5);
        // Others may sleep for as long.
        while (
            await Task.WhenAny(coming, gateway.Clock.SleeperForAsync(pause, Cancelled)) != coming
        )
        {
            gateway.Clock.Advance(pause);
        }

        var next = await coming;
        next.Tell(
            """{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{}}"""
        );

        await events.NextMessageAsync("notifications/tools/list_changed");
        await events.NextMessageAsync("notifications/resources/list_changed");
    }

    private static async Task<(GatewayUnderTest, ScriptedConnection)> StartAsync()
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var echo = gateway.ReadyModern("echo");
        echo.Script = null;
        return (gateway, echo);
    }

    private static JsonElement Meta(ScriptedCall call) =>
        Client.Parse(call.Text).GetProperty("params").GetProperty("_meta");

    private static async Task<ScriptedCall> CallAsync(ScriptedConnection server, string method)
    {
        while (true)
        {
            var call = await server.Calls.Reader.ReadAsync(Cancelled);
            if (call.Method == method)
            {
                return call;
            }
        }
    }
}
