using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Flow;

public sealed class AnswerCacheTests
{
    private const int Patience = 30_000;
    private const string Tools = """
        {"tools":[{"name":"read","annotations":{"readOnlyHint":true,"idempotentHint":true}},{"name":"read_often","annotations":{"readOnlyHint":true}},{"name":"write"}]}
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_public_list_is_given_again_until_its_time_or_a_change()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        echo.Script = call =>
            call.Respond("""{"ttlMs":60000,"cacheScope":"public","prompts":[]}""");
        using var one = await gateway.NewSessionAsync();
        using var other = await gateway.NewSessionAsync();

        await one.CallAsync("1", "prompts/list");
        gateway.Clock.Advance(TimeSpan.FromSeconds(20));
        var again = await other.CallAsync("\"x\"", "prompts/list", """{"_meta":{"a":1}}""");
        Assert.Equal(1, Calls(echo));
        Assert.Equal("x", again.GetProperty("id").GetString());
        Assert.Equal(40_000, again.GetProperty("result").GetProperty("ttlMs").GetInt32());

        await one.CallAsync("3", "prompts/list", """{"cursor":"c"}""");
        gateway.Clock.Advance(TimeSpan.FromSeconds(41));
        await one.CallAsync("4", "prompts/list");
        Assert.Equal(2, Calls(echo));

        echo.Say("""{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}""");
        while (Calls(echo) == 0)
        {
            Cancelled.ThrowIfCancellationRequested();
            await one.CallAsync("5", "prompts/list");
        }
    }

    [Theory(Timeout = Patience)]
    [InlineData("""{"ttlMs":60000,"cacheScope":"private"}""", "{}")]
    [InlineData("""{"ttlMs":0,"cacheScope":"public"}""", "{}")]
    [InlineData("""{"cacheScope":"public"}""", "{}")]
    [InlineData("""{"ttlMs":60000,"cacheScope":"public","resultType":"input_required"}""", "{}")]
    [InlineData("""{"ttlMs":60000,"cacheScope":"public"}""", """{"requestState":"x"}""")]
    [InlineData("""{"ttlMs":60000,"cacheScope":"public"}""", """{"inputResponses":{}}""")]
    public async Task What_is_not_for_everybody_is_asked_again(string result, string parameters)
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        echo.Script = call => call.Respond(result);
        using var client = await gateway.NewSessionAsync();

        await client.CallAsync("1", "resources/read", parameters);
        await client.CallAsync("2", "resources/read", parameters);

        Assert.Equal(2, Calls(echo));
    }

    [Fact(Timeout = Patience)]
    public async Task Only_tools_that_say_they_bear_it_and_are_named_are_given_again()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        echo.Script = call =>
            call.Respond(call.Method is "tools/list" ? Tools : """{"content":[]}""");
        using var client = await gateway.NewSessionAsync();

        Assert.Equal(2, await CallTwiceAsync("read"));
        await client.CallAsync("1", "tools/list");
        Calls(echo);
        Assert.Equal(1, await CallTwiceAsync("read"));
        Assert.Equal(2, await CallTwiceAsync("read_often"));
        Assert.Equal(2, await CallTwiceAsync("write"));
        gateway.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, await CallTwiceAsync("read"));

        async Task<int> CallTwiceAsync(string tool)
        {
            await client.CallAsync("2", "tools/call", $$"""{"name":"{{tool}}"}""");
            await client.CallAsync("3", "tools/call", $$"""{"name":"{{tool}}"}""");
            return Calls(echo);
        }
    }

    [Fact(Timeout = Patience)]
    public async Task Equal_calls_at_the_same_time_are_one_call_and_a_failed_one_fails_alone()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        echo.Script = call => call.Respond(Tools);
        using var client = await gateway.NewSessionAsync();
        await client.CallAsync("1", "tools/list");
        Calls(echo);
        echo.Script = null;

        var first = client.CallAsync("2", "tools/call", """{"name":"read"}""");
        var leader = await echo.Calls.Reader.ReadAsync(Cancelled);
        var second = client.CallAsync("3", "tools/call", """{"name":"read"}""");
        leader.Respond("""{"content":[],"isError":true}""");
        await first;
        var follower = await echo.Calls.Reader.ReadAsync(Cancelled);
        follower.Respond("""{"content":[]}""");

        Assert.False((await second).GetProperty("result").TryGetProperty("isError", out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task Errors_and_refusals_are_never_given_again()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        echo.Script = call => call.Refuse("no");
        using var client = await gateway.NewSessionAsync();

        await client.CallAsync("1", "tools/list");
        await client.CallAsync("2", "tools/list");

        Assert.Equal(2, Calls(echo));
    }

    private static Task<(GatewayUnderTest, ScriptedConnection)> StartAsync() =>
        GatewayUnderTest.StartWithFlowAsync(new() { Cache = new() { Tools = ["read*", "write"] } });

    private static int Calls(ScriptedConnection echo)
    {
        var count = 0;
        while (echo.Calls.Reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }
}
