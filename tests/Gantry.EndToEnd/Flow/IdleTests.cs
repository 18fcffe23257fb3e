using System.Net;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Flow;

/// <summary>
/// Long calls behind something that cuts what is idle. Seconds here for minutes there: what counts
/// is that the comment comes more often than the cut.
/// </summary>
public sealed class IdleTests : Scenario
{
    private const string LongCall =
        """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"sleep","arguments":{"ms":9000}}}""";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    [Fact(Timeout = 90_000)]
    public async Task A_long_call_outlives_the_patience_of_a_load_balancer()
    {
        File.WriteAllText(
            Path.Combine(Config, "gantry.yaml"),
            "gateway: { limits: { keep_alive: 1s } }\nservers: {}\n"
        );
        Write(TestServer("alpha") with { OnDemand = true, IdleTimeout = "1s" });
        await UpAsync();
        await using var proxy = new ImpatientProxy(Gantry.Address, s_patience);
        await using var client = await McpClient.OpenAsync(
            new Uri(proxy.Address, "/mcp/alpha"),
            Token
        );

        using var answer = await client.SendAsync(LongCall, Token);
        var body = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(": keep-alive", body, StringComparison.Ordinal);
        Assert.Contains("slept", body, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Without_comments_the_same_call_is_cut()
    {
        File.WriteAllText(
            Path.Combine(Config, "gantry.yaml"),
            "gateway: { limits: { keep_alive: 1h } }\nservers: {}\n"
        );
        Write(TestServer("alpha"));
        await UpAsync();
        await using var proxy = new ImpatientProxy(Gantry.Address, s_patience);
        await using var client = await McpClient.OpenAsync(
            new Uri(proxy.Address, "/mcp/alpha"),
            Token
        );

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var answer = await client.SendAsync(LongCall, Token);
            await answer.Content.ReadAsStringAsync(Token);
        });
        Assert.NotEqual(0, proxy.Cuts);
    }
}
