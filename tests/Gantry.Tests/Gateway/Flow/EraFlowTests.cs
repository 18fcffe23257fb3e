using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Gateway.Flow;

/// <summary>Budgets and memory where client and server are not of the same era.</summary>
public sealed class EraFlowTests
{
    private const int Patience = 30_000;

    private static readonly string s_long = new('x', 9_000);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = Patience)]
    [InlineData(Excess.Truncate, true)]
    [InlineData(Excess.Truncate, false)]
    [InlineData(Excess.Refuse, true)]
    [InlineData(Excess.Refuse, false)]
    public async Task A_shortened_result_says_once_what_it_is(Excess excess, bool isModern)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define(
            "echo",
            flow: new()
            {
                Results = new() { MaxSize = 2_048, OnExcess = excess },
            }
        );
        var echo = isModern ? gateway.ReadyModern("echo") : gateway.Ready("echo");
        var kind = isModern ? ",\"resultType\":\"complete\"" : "";
        echo.Script = call =>
            call.Respond(
                call.Method is "tools/call"
                    ? $$"""{"content":[{"type":"text","text":"{{s_long}}"}]{{kind}}}"""
                    : """{"tools":[]}"""
            );
        using var client = new ModernClient(gateway.Address);
        using var old = await gateway.NewSessionAsync();

        using var response = await client.CallAsync();
        var result = await ModernClient.ResultAsync(response);
        var oldResult = (await old.CallAsync("1", "tools/call")).GetProperty("result");

        Assert.Single(result.EnumerateObject(), member => member.Name == "resultType");
        Assert.InRange(result.GetRawText().Length, 1, 2_100);
        Assert.False(oldResult.TryGetProperty("resultType", out _));
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_client_of_one_era_was_given_is_not_given_to_one_of_the_other()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);
        using var old = await gateway.NewSessionAsync();

        for (var round = 0; round < 2; round++)
        {
            using var response = await client.AskAsync("prompts/list");
            var result = await ModernClient.ResultAsync(response);
            var oldAnswer = await old.CallAsync("1", "prompts/list");
            Assert.Equal("complete", result.GetProperty("resultType").GetString());
            Assert.Equal("""{"prompts":[]}""", oldAnswer.GetProperty("result").GetRawText());
        }

        Assert.Equal(2, Lists(echo));
    }

    [Fact(Timeout = Patience)]
    public async Task A_change_on_a_stream_of_its_own_makes_forget()
    {
        var (gateway, echo) = await StartAsync();
        await using var _ = gateway;
        ScriptedCall? listen = null;
        while (listen?.Method is not "subscriptions/listen")
        {
            listen = await echo.Calls.Reader.ReadAsync(Cancelled);
        }

        using var client = await gateway.NewSessionAsync();
        await client.CallAsync("1", "prompts/list");
        await client.CallAsync("2", "prompts/list");
        Assert.Equal(1, Lists(echo));
        listen.Tell(
            """{"jsonrpc":"2.0","method":"notifications/prompts/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}"""
        );
        while (Lists(echo) == 0)
        {
            Cancelled.ThrowIfCancellationRequested();
            await client.CallAsync("3", "prompts/list");
        }
    }

    private static async Task<(GatewayUnderTest, ScriptedConnection)> StartAsync()
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo", flow: new() { Cache = new() });
        var echo = gateway.ReadyModern("echo");
        echo.Script = call =>
        {
            if (call.Method is not "subscriptions/listen")
            {
                call.Respond(
                    """{"prompts":[],"resultType":"complete","ttlMs":60000,"cacheScope":"public"}"""
                );
            }
        };
        return (gateway, echo);
    }

    private static int Lists(ScriptedConnection echo)
    {
        var count = 0;
        while (echo.Calls.Reader.TryRead(out var call))
        {
            count += call.Method is "prompts/list" ? 1 : 0;
        }

        return count;
    }
}
