using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Cli;

/// <summary>What a user does at the command line, with a daemon and without one.</summary>
public sealed class CommandTests : Scenario
{
    [Fact(Timeout = 60_000)]
    public async Task Status_names_every_server()
    {
        Write(TestServer("alpha"));
        Write(TestServer("lazy") with { OnDemand = true });
        await UpAsync();

        var status = (await Gantry.RunAsync(Token, "status")).Succeeded();

        Assert.Contains("alpha", status, StringComparison.Ordinal);
        Assert.Contains("lazy", status, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Tools_are_listed_and_called()
    {
        Write(TestServer("alpha"));
        await UpAsync();

        var tools = (await Gantry.RunAsync(Token, "tools", "alpha")).Succeeded();
        var sum = (await Gantry.RunAsync(Token, "call", "alpha", "add", "a=2", "b=3")).Succeeded();

        Assert.Contains("echo", tools, StringComparison.Ordinal);
        Assert.Contains("5", sum, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tool_that_fails_gives_an_exit_code()
    {
        Write(TestServer("alpha"));
        await UpAsync();

        var failed = await Gantry.RunAsync(Token, "call", "alpha", "fail", "text=on purpose");
        var unknown = await Gantry.RunAsync(Token, "call", "alpha", "no-such-tool");

        Assert.NotEqual(0, failed.ExitCode);
        Assert.Contains("on purpose", failed.Output + failed.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, unknown.ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tool_is_called_without_a_daemon_and_nothing_stays()
    {
        Write(TestServer("alpha"));

        var sum = await RunAsync("call", "--config", Config, "alpha", "add", "a=2", "b=3");

        Assert.Contains("5", sum.Succeeded(), StringComparison.Ordinal);
        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Stop_and_start_do_as_they_say()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        await RunsAsync("alpha");

        (await Gantry.RunAsync(Token, "stop", "alpha")).Succeeded();
        await Eventually.TrueAsync("it has stopped", () => ProcessesOf("alpha").Count == 0, Token);

        (await Gantry.RunAsync(Token, "start", "alpha")).Succeeded();
        await RunsAsync("alpha");
    }

    [Fact(Timeout = 60_000)]
    public async Task Restart_gives_a_new_process()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var before = await Gantry.PidOfAsync("alpha", Token);

        (await Gantry.RunAsync(Token, "restart", "alpha")).Succeeded();

        await Eventually.TrueAsync(
            "it runs anew",
            async () => await Gantry.PidOfAsync("alpha", Token) != before,
            Token
        );
    }

    [Fact(Timeout = 60_000)]
    public async Task Plan_says_what_would_be_done_and_does_nothing()
    {
        Write(TestServer("alpha"));

        var plan = await RunAsync("plan", Config);

        Assert.Contains("start alpha", plan.Succeeded(), StringComparison.Ordinal);
        Assert.Empty(ProcessesOf("alpha"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Validate_names_the_place_of_a_problem()
    {
        Write(TestServer("alpha"));
        Assert.Equal(0, (await RunAsync("validate", Config)).ExitCode);
        var file = Path.Combine(Config, "bad.yaml");
        File.WriteAllText(file, "servers:\n  beta:\n    comand: node\n");

        var bad = await RunAsync("validate", Config);

        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("bad.yaml:3:5", bad.Output + bad.Error, StringComparison.Ordinal);
        Assert.Contains("command", bad.Output + bad.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Add_writes_a_file_that_the_daemon_takes_up()
    {
        Write(TestServer("alpha") with { OnDemand = true });
        await UpAsync();

        string[] add = ["add", "notes", "@modelcontextprotocol/server-memory@2026.8.31"];
        (await Gantry.RunAsync(Token, [.. add, "--dir", Config])).Succeeded();

        await Eventually.TrueAsync(
            "the new server is known",
            async () => (await Gantry.RunAsync(Token, "status")).Output.Contains("notes"),
            Token
        );
    }

    private static Task<Finished> RunAsync(params string[] arguments) =>
        new Command(Places.Gantry, [.. arguments]).RunAsync(Token);
}
