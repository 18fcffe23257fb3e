using System.Diagnostics;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>What a client sees when its server ends, hangs or never comes.</summary>
public sealed class CrashTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task A_crash_fails_the_calls_in_flight_at_once_and_the_next_call_is_served()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);

        var start = Stopwatch.GetTimestamp();
        var sleep = client.CallAsync("sleep", """{"ms":50000}""", Token);
        var crash = await client.CallAsync("crash", """{"exitCode":7}""", Token);
        var slept = await sleep;

        Assert.True(crash.IsRefused && slept.IsRefused);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        var next = await client.CallAsync("echo", """{"text":"still there"}""", Token);
        Assert.Equal("still there", next.Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_cut_in_half_fails_the_call()
    {
        Write(TestServer("alpha", "--partial-line"));
        await UpAsync();

        var answer = await Gantry.CallAsync("alpha", "echo", """{"text":"x"}""", Token);

        Assert.True(answer.IsRefused);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_waits_for_a_server_that_is_slow_to_start()
    {
        Write(TestServer("slow", "--slow-handshake", "1500") with { OnDemand = true });
        await UpAsync();

        var answer = await Gantry.CallAsync("slow", "echo", """{"text":"at last"}""", Token);

        Assert.Equal("at last", answer.Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_never_answers_the_handshake_is_an_error_with_its_reason()
    {
        Write(TestServer("mute", "--no-handshake") with { StartupTimeout = "1s" });
        await UpAsync();

        var refusal = await RefusalAsync("mute");

        Assert.Contains("mute", refusal, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_ends_at_the_start_is_an_error_with_its_exit_code()
    {
        Write(TestServer("broken", "--exit-on-start", "7") with { StartupTimeout = "10s" });
        Write(TestServer("alpha"));
        await UpAsync();

        Assert.Contains("7", await RefusalAsync("broken"), StringComparison.Ordinal);
        var other = await Gantry.CallAsync("alpha", "echo", """{"text":"unharmed"}""", Token);
        Assert.Equal("unharmed", other.Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_whose_need_is_met_runs_after_an_operator_restarts_it()
    {
        var need = Path.Combine(Home, "need");
        Write(TestServer("needy", "--needs", need));
        await UpAsync();
        await Eventually.TrueAsync(
            "its failure is logged",
            async () => (await Gantry.RunAsync(Token, "logs", "needy")).Output.Contains("missing"),
            Token
        );

        File.WriteAllText(need, "");
        (await Gantry.RunAsync(Token, "restart", "needy")).Succeeded();

        var answer = await Gantry.CallAsync("needy", "echo", """{"text":"thanks"}""", Token);
        Assert.Equal("thanks", answer.Text);
    }

    // The refusal may come from the handshake already, or from the first call.
    private async Task<string> RefusalAsync(string server)
    {
        await using var client = McpClient.To(Gantry.EndpointOf(server));
        using var answer = await client.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""",
            Token
        );
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("\"error\"", body, StringComparison.Ordinal);
        return body;
    }
}
