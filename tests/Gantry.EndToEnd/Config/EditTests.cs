using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Config;

/// <summary>The files change while the daemon runs.</summary>
public sealed class EditTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task Editing_one_file_touches_one_server()
    {
        Write(TestServer("alpha"));
        Write(TestServer("beta"));
        Write(TestServer("gamma"));
        await UpAsync();
        var alpha = await Gantry.PidOfAsync("alpha", Token);
        var beta = await Gantry.PidOfAsync("beta", Token);
        var gamma = await Gantry.PidOfAsync("gamma", Token);

        Write(TestServer("beta", "--slow-handshake", "10"));

        await Eventually.TrueAsync(
            "beta runs anew",
            async () => await Gantry.PidOfAsync("beta", Token) != beta,
            Token
        );
        Assert.Equal(alpha, await Gantry.PidOfAsync("alpha", Token));
        Assert.Equal(gamma, await Gantry.PidOfAsync("gamma", Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_leaves_the_configuration_is_stopped()
    {
        Write(TestServer("alpha"));
        Write(TestServer("beta"));
        await UpAsync();
        await RunsAsync("alpha");
        await RunsAsync("beta");

        Remove("beta");

        await Eventually.TrueAsync("beta has ended", () => ProcessesOf("beta").Count == 0, Token);
        Assert.Single(ProcessesOf("alpha"));
        await using var client = McpClient.To(Gantry.EndpointOf("beta"));
        using var answer = await client.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
            Token
        );
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_new_file_is_a_new_server()
    {
        Write(TestServer("alpha"));
        await UpAsync();

        Write(TestServer("beta"));

        await RunsAsync("beta");
        var answer = await Gantry.CallAsync("beta", "echo", """{"text":"new"}""", Token);
        Assert.Equal("new", answer.Text);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_that_no_longer_parses_keeps_its_server()
    {
        var file = Write(TestServer("alpha"));
        Write(TestServer("beta"));
        await UpAsync();
        var alpha = await Gantry.PidOfAsync("alpha", Token);

        File.WriteAllText(file, "{ this is not");
        Write(TestServer("beta", "--slow-handshake", "10"));
        Write(TestServer("gamma"));

        // Once a later change took effect, the earlier one was seen too.
        await RunsAsync("gamma");
        Assert.Equal(alpha, await Gantry.PidOfAsync("alpha", Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_written_again_as_it_was_touches_nothing()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var alpha = await Gantry.PidOfAsync("alpha", Token);

        Write(TestServer("alpha"));
        Write(TestServer("beta"));

        await RunsAsync("beta");
        Assert.Equal(alpha, await Gantry.PidOfAsync("alpha", Token));
    }
}
