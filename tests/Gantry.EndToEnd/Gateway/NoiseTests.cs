using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>Servers that write what they should not, or as nobody expects.</summary>
public sealed class NoiseTests : Scenario
{
    [Theory(Timeout = 60_000)]
    [InlineData("--garbage-on-start")]
    [InlineData("--split-writes")]
    [InlineData("--stderr-flood", "3000000")]
    public async Task A_noisy_server_is_served_all_the_same(params string[] switches)
    {
        Write(TestServer("noisy", switches));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("noisy"), Token);

        Assert.Equal("noisy", (await client.CallAsync("noise", """{"lines":50}""", Token)).Text);
        Assert.Equal("hi", (await client.CallAsync("echo", """{"text":"hi"}""", Token)).Text);
        Assert.Equal("0", (await client.CallAsync("cancelled", "{}", Token)).Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_server_writes_to_standard_error_is_in_its_logs()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await Gantry.CallAsync("alpha", "log", """{"text":"a line to find"}""", Token);

        await Eventually.TrueAsync(
            "the line is in the logs",
            async () =>
                (await Gantry.RunAsync(Token, "logs", "alpha")).Output.Contains("a line to find"),
            Token
        );
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_answer_comes_whole()
    {
        Write(TestServer("alpha"));
        await UpAsync();

        var answer = await Gantry.CallAsync("alpha", "big", """{"bytes":3000000}""", Token);

        Assert.Equal(3_000_000, answer.Text.Length);
    }

    // Longer than the listener waits for a client that takes nothing, and at a fair speed.
    [Fact(Timeout = 60_000)]
    public async Task A_client_on_a_slow_line_gets_a_large_answer_whole()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf("alpha"), Token);

        using var answer = await client.SendAsync(
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"big","arguments":{"bytes":20000000}}}""",
            Token
        );

        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        var (length, piece) = (0, new byte[200_000]);
        while (await body.ReadAsync(piece, Token) is > 0 and var read)
        {
            length += read;
            await Task.Delay(TimeSpan.FromSeconds(read / 2_000_000.0), Token);
        }

        Assert.Equal(answer.Content.Headers.ContentLength, length);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_sees_only_the_environment_that_it_was_given()
    {
        Environment.SetEnvironmentVariable("SCENARIO_TOKEN", "secret");
        var alpha = TestServer("alpha");
        Write(alpha with { Environment = alpha.Environment.Add("DECLARED", "yes") });
        await UpAsync();

        var names = (await Gantry.CallAsync("alpha", "env", "{}", Token)).Text.Split('\n');

        Assert.Contains("DECLARED", names);
        Assert.Contains("PATH", names);
        Assert.DoesNotContain("SCENARIO_TOKEN", names);
        Assert.DoesNotContain(GantryDaemon.SecretName, names);
    }
}
