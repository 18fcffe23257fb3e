using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>One process for all, or one for each session.</summary>
public sealed class SessionTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task Shared_clients_use_one_process()
    {
        Write(TestServer("shared"));
        await UpAsync();
        await using var one = await OpenAsync("shared");
        await using var other = await OpenAsync("shared");

        Assert.Equal(await PidAsync(one), await PidAsync(other));
        Assert.NotEqual(one.Session, other.Session);
    }

    [Fact(Timeout = 60_000)]
    public async Task With_session_isolation_each_session_has_a_process_and_state_of_its_own()
    {
        Write(Isolated("private"));
        await UpAsync();
        await using var one = await OpenAsync("private");
        await using var other = await OpenAsync("private");
        await one.CallAsync("count", "{}", Token);

        Assert.NotEqual(await PidAsync(one), await PidAsync(other));
        Assert.Equal("1", (await one.CallAsync("count", "{}", Token)).Text);
        Assert.Equal("0", (await other.CallAsync("count", "{}", Token)).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_a_session_ends_its_process()
    {
        Write(Isolated("private"));
        await UpAsync();
        await using var stays = await OpenAsync("private");
        await using var leaves = await OpenAsync("private");
        var (staying, leaving) = (await PidAsync(stays), await PidAsync(leaves));

        await leaves.EndSessionAsync(Token);

        await Eventually.TrueAsync(
            "its process has ended",
            () => !ProcessTable.IsAlive(leaving),
            Token
        );
        Assert.True(ProcessTable.IsAlive(staying));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_on_demand_starts_with_the_first_call_and_stops_when_idle()
    {
        Write(TestServer("lazy") with { OnDemand = true, IdleTimeout = "1s" });
        await UpAsync();
        Assert.Empty(ProcessesOf("lazy"));
        await using var client = await OpenAsync("lazy");

        Assert.Equal("hi", (await client.CallAsync("echo", """{"text":"hi"}""", Token)).Text);
        await Eventually.TrueAsync("it has stopped", () => ProcessesOf("lazy").Count == 0, Token);

        // The session survives its server's sleep.
        Assert.Equal("hi", (await client.CallAsync("echo", """{"text":"hi"}""", Token)).Text);
    }

    private ServerFile Isolated(string name) =>
        TestServer(name) with
        {
            SessionIsolation = true,
            MaxInstances = 8,
        };

    private Task<McpClient> OpenAsync(string server) =>
        McpClient.OpenAsync(Gantry.EndpointOf(server), Token);

    private static async Task<int> PidAsync(McpClient client) =>
        (await client.CallAsync("pid", "{}", Token)).Number;
}
