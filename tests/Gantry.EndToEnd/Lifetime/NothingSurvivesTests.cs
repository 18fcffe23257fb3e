using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Lifetime;

/// <summary>However Gantry or a server ends, nothing that was started is left behind.</summary>
public sealed class NothingSurvivesTests : Scenario
{
    public enum End
    {
        Stop,
        KillDaemon,
        KillBoth,
    }

    [Theory(Timeout = 90_000)]
    [InlineData(End.Stop, false)]
    [InlineData(End.Stop, true)]
    [InlineData(End.KillDaemon, false)]
    [InlineData(End.KillDaemon, true)]
    [InlineData(End.KillBoth, false)]
    [InlineData(End.KillBoth, true)]
    public async Task When_the_daemon_ends_even_the_most_stubborn_family_ends(
        End end,
        bool cleanEnvironment
    )
    {
        await StubbornAsync(cleanEnvironment);

        await EndAsync(end);

        await NothingIsLeftAsync();
    }

    [Theory(Timeout = 90_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_keeper_is_killed_its_servers_end_and_are_started_anew(
        bool cleanEnvironment
    )
    {
        await StubbornAsync(cleanEnvironment);
        var before = Strays();

        Signals.Kill(Gantry.KeeperId);

        await GoneAsync(before);
        await ServesAsync("stubborn");
    }

    [Theory(Timeout = 90_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_leaves_the_configuration_takes_its_family_with_it(
        bool cleanEnvironment
    )
    {
        await StubbornAsync(cleanEnvironment);

        Remove("stubborn");

        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 90_000)]
    public async Task When_a_wrapper_is_killed_what_it_wrapped_ends_too()
    {
        var wrapped = TestServer("wrapped", "--ignore-eof", "--ignore-term");
        var line = string.Join(' ', [wrapped.Command, .. wrapped.Arguments]);
        Write(wrapped with { Command = "sh", Arguments = ["-c", $"sh -c '{line}; exit'; exit"] });
        await UpAsync();
        await RunsAsync("wrapped");
        var server = await Gantry.PidOfAsync("wrapped", Token);
        var before = Strays();
        var inner = ProcessTable.Read(server)?.Parent ?? 0;
        var outer = ProcessTable.Read(inner)?.Parent ?? 0;

        Signals.Kill(outer);

        await GoneAsync(before);
        await ServesAsync("wrapped");
    }

    [Fact(Timeout = 120_000)]
    public async Task When_npx_is_killed_the_real_server_ends_too()
    {
        // Finds nothing to download: the package is there already.
        Places.InModules("@modelcontextprotocol/server-memory/dist/index.js");
        var memory = new ServerFile("memory", "npx", "--no-install", "mcp-server-memory")
        {
            Environment = TestServer("memory").Environment.Add("npm_config_prefix", Places.Npm),
        };
        Write(memory with { Arguments = ["--prefix", Places.Npm, .. memory.Arguments] });
        await UpAsync();
        await Gantry.CallAsync("memory", "read_graph", "{}", Token);
        var before = Strays();
        Assert.True(before.Count > 1, "npx does not wrap the server any more");

        Signals.Kill(before.MinBy(row => row.Id)?.Id ?? 0);

        await GoneAsync(before);
        await Gantry.CallAsync("memory", "read_graph", "{}", Token);
        await Gantry.StopAsync(Token);
        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 90_000)]
    public async Task Nothing_that_ended_stays_as_a_zombie()
    {
        Write(TestServer("alpha"));
        Write(TestServer("stubborn", "--ignore-eof", "--grandchild", "--pid-file", PidFile));
        await UpAsync();
        for (var round = 0; round < 3; round++)
        {
            await Gantry.CallAsync("alpha", "crash", "{}", Token);
            await Gantry.CallAsync("stubborn", "crash", "{}", Token);
        }

        await Gantry.CallAsync("alpha", "echo", """{"text":"x"}""", Token);
        await Eventually.TrueAsync(
            "no zombie is below the daemon",
            () => !ProcessTable.Descendants(Gantry.ProcessId).Any(row => row.IsZombie),
            Token
        );
    }

    private async Task StubbornAsync(bool cleanEnvironment)
    {
        string[] switches = cleanEnvironment ? ["--clean-environment"] : [];
        Write(
            TestServer(
                "stubborn",
                [
                    "--ignore-eof",
                    "--ignore-term",
                    "--grandchild",
                    "--pid-file",
                    PidFile,
                    .. switches,
                ]
            ) with
            {
                StopTimeout = "1s",
            }
        );
        await UpAsync();
        await Gantry.CallAsync("stubborn", "echo", """{"text":"x"}""", Token);
        await Eventually.TrueAsync("the family is complete", () => Strays().Count >= 2, Token);
    }

    private async Task EndAsync(End end)
    {
        switch (end)
        {
            case End.Stop:
                await Gantry.StopAsync(Token);
                break;
            case End.KillDaemon:
                await Gantry.KillAsync(Token);
                break;
            case End.KillBoth:
                await KillBothAsync();
                break;
        }
    }

    // Frozen first, so that neither sees the other die.
    private async Task KillBothAsync()
    {
        var keeper = Gantry.KeeperId;
        Signals.Freeze(keeper);
        Signals.Freeze(Gantry.ProcessId);
        Signals.Kill(keeper);
        await Gantry.KillAsync(Token);
    }

    private static Task GoneAsync(IReadOnlyList<ProcessRow> rows) =>
        Eventually.TrueAsync(
            $"these have ended: {string.Join(", ", rows)}",
            () => !rows.Any(row => ProcessTable.IsAlive(row.Id)),
            Token
        );
}
