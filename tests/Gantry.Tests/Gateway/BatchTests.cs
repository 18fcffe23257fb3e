using System.Net;
using Xunit;

namespace Gantry.Gateway;

public sealed class BatchTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task A_batch_is_answered_with_an_array()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var batch =
            $"[{Client.Request("1", "tools/call")},{Client.Notification("x")},{Client.Request("\"2\"", "ping")}]";

        using var response = await client.PostAsync(batch);

        var answers = (await Client.JsonAsync(response)).EnumerateArray();
        Assert.Equal(
            ["\"2\"", "1"],
            answers.Select(answer => answer.GetProperty("id").GetRawText()).Order()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Progress_makes_the_answer_to_a_batch_a_stream()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call =>
        {
            call.Progress(1);
            call.Respond("{}");
        };
        using var client = await gateway.NewSessionAsync();
        const string meta = """{"_meta":{"progressToken":"t"}}""";

        using var events = new Events(
            await client.PostAsync(
                $"[{Client.Request("1", "x", meta)},{Client.Request("2", "ping")}]"
            )
        );

        var seen = new List<string>();
        while (await events.NextAsync() is { } message)
        {
            seen.Add(message);
        }

        Assert.Equal(3, seen.Count);
        Assert.Contains(seen, message => message.Contains("\"progressToken\":\"t\""));
    }

    [Fact(Timeout = Patience)]
    public async Task A_batch_of_notifications_is_accepted()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        using var response = await client.PostAsync($"[{Client.Notification("x")}]");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Theory(Timeout = Patience)]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("""[{"jsonrpc":"2.0","method":"x"}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"x"}]]""")]
    public async Task A_bad_batch_is_refused_whole(string batch)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        using var response = await client.PostAsync(batch);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
