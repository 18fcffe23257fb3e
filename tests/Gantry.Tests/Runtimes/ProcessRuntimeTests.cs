using System.Collections.Immutable;
using System.Text;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Wire;
using Xunit;

namespace Gantry.Tests.Runtimes;

public sealed class ProcessRuntimeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_server_answers_calls_and_leaves_when_its_input_ends()
    {
        await using var bench = new RuntimeBench();
        var echo = bench.Server("echo");
        await bench.StartAsync(echo);
        var ready = await bench.UntilAsync(echo, Phase.Ready);

        Assert.Equal("\"hello\"", await bench.CallEchoAsync(ready.Id, "hello"));

        await bench.StopAsync(ready);
        var exited = await bench.UntilAsync(echo, Phase.Exited);
        Assert.Equal((Cause.Asked, 0), (exited.Cause, exited.ExitCode));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_crash_fails_the_call_at_once_with_the_reason()
    {
        await using var bench = new RuntimeBench();
        var echo = bench.Server("echo");
        await bench.StartAsync(echo);
        var ready = await bench.UntilAsync(echo, Phase.Ready);

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(() =>
            bench.CallAsync(ready.Id, "crash", """{"exitCode":7}""")
        );

        Assert.Contains("exited with code 7", gone.Message, StringComparison.Ordinal);
        var exited = await bench.UntilAsync(echo, Phase.Exited);
        Assert.Equal((Cause.Crashed, 7), (exited.Cause, exited.ExitCode));
    }

    [Fact(Timeout = 30_000)]
    public async Task Many_calls_at_once_get_their_own_answers()
    {
        await using var bench = new RuntimeBench();
        var echo = bench.Server("echo");
        await bench.StartAsync(echo);
        var ready = await bench.UntilAsync(echo, Phase.Ready);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 500).Select(n => bench.CallEchoAsync(ready.Id, $"text {n}"))
        );

        Assert.Equal(Enumerable.Range(0, 500).Select(n => $"\"text {n}\""), answers);
        Assert.Equal(0, bench.Runtime.Connect(ready.Id)!.Gate.CallsInside);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_ends_before_the_handshake_is_known_to_have_ended()
    {
        await using var bench = new RuntimeBench();
        var server = bench.Server("brief", "--exit-on-start", "7");
        await bench.StartAsync(server);

        var exited = await bench.UntilAsync(server, Phase.Exited);

        Assert.Equal((Cause.NeverReady, 7), (exited.Cause, exited.ExitCode));
        Assert.Contains("exited with code 7", exited.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_file_that_may_not_be_executed_is_said_so()
    {
        await using var bench = new RuntimeBench();
        await File.WriteAllTextAsync(bench.File("empty.sh"), "#!/bin/sh", Cancelled);
        var server = bench.Server("barred", command: "./empty.sh", arguments: []);
        await bench.StartAsync(server);

        var exited = await bench.UntilAsync(server, Phase.Exited);

        Assert.Equal(Cause.NeverReady, exited.Cause);
        Assert.Contains("Is it executable?", exited.Reason, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("no-such-program-anywhere", "was not found on the PATH")]
    [InlineData("./no-such-file", "does not exist")]
    [InlineData("/tmp", "is a directory")]
    public async Task A_program_that_is_not_there_is_said_so(string command, string expected)
    {
        await using var bench = new RuntimeBench();
        var server = bench.Server("ghost", command: command, arguments: []);
        await bench.StartAsync(server);

        var exited = await bench.UntilAsync(server, Phase.Exited);

        Assert.Equal(Cause.NeverReady, exited.Cause);
        Assert.Contains(expected, exited.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_listens_to_nothing_is_killed_with_its_whole_family()
    {
        await using var bench = new RuntimeBench();
        var pidFile = bench.File("grandchild");
        var stubborn = bench.Server(
            "stubborn",
            "--ignore-eof",
            "--ignore-term",
            "--grandchild",
            "--clean-environment",
            "--pid-file",
            pidFile
        );
        await bench.StartAsync(stubborn);
        var ready = await bench.UntilAsync(stubborn, Phase.Ready);
        var grandchild = await RuntimeBench.ReadProcessIdAsync(pidFile);
        Assert.True(RuntimeBench.IsRunning(grandchild));

        await bench.StopAsync(ready);
        Assert.Equal(Phase.Stopping, (await bench.ObserveAsync(stubborn)).Phase);
        await bench.Runtime.KillAsync(new(ready.Id, "test"), Cancelled);
        await bench.UntilAsync(stubborn, Phase.Exited);

        Assert.False(RuntimeBench.IsRunning(ready.ProcessId!.Value));
        Assert.False(RuntimeBench.IsRunning(grandchild));
    }

    [Fact(Timeout = 30_000)]
    public async Task When_the_keeper_is_killed_its_servers_end_and_can_start_anew()
    {
        await using var bench = new RuntimeBench();
        var pidFile = bench.File("grandchild");
        var stubborn = bench.Server(
            "stubborn",
            "--ignore-eof",
            "--ignore-term",
            "--grandchild",
            "--pid-file",
            pidFile
        );
        await bench.StartAsync(stubborn);
        var ready = await bench.UntilAsync(stubborn, Phase.Ready);
        var grandchild = await RuntimeBench.ReadProcessIdAsync(pidFile);

        var keeper = bench.Runtime.KeeperProcessId!.Value;
        RuntimeBench.KillHard(keeper);
        var exited = await bench.UntilAsync(stubborn, Phase.Exited);

        Assert.Equal(Cause.Crashed, exited.Cause);
        Assert.False(Directory.Exists($"/proc/{keeper}"), "The keeper is left as a zombie.");
        Assert.False(RuntimeBench.IsRunning(ready.ProcessId!.Value));
        Assert.False(RuntimeBench.IsRunning(grandchild));

        await bench.StartAsync(stubborn);
        await bench.UntilAsync(stubborn, Phase.Ready);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_environment_holds_what_is_declared_and_little_else()
    {
        Environment.SetEnvironmentVariable("GANTRY_TEST_SECRET", "leak");
        await using var bench = new RuntimeBench();
        var server = bench.Server("echo");
        var spec = server.Spec with
        {
            Environment = server.Spec.Environment.Add("DECLARED", new("yes")),
        };
        server = Desired.Of(spec, "key"u8);
        await bench.StartAsync(server);
        var ready = await bench.UntilAsync(server, Phase.Ready);

        var answer = await bench.CallAsync(ready.Id, "env", "{}");

        Assert.Contains("DECLARED", answer, StringComparison.Ordinal);
        Assert.Contains("PATH", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("GANTRY_TEST_SECRET", answer, StringComparison.Ordinal);
    }

    // With the keeper's socket it could give the keeper orders, and read what others are started with.
    [Fact(Timeout = 30_000)]
    public async Task A_server_gets_its_three_pipes_and_no_other_descriptor()
    {
        await using var bench = new RuntimeBench();
        var server = bench.Server("list", command: "ls", arguments: ["/proc/self/fd"]);
        await bench.StartAsync(server);

        await bench.UntilAsync(server, Phase.Exited);

        // 3 is the directory that it lists.
        var listed = bench.Logs.Of(server.Name).Latest(100).Select(line => line.Text);
        Assert.Equal(["0", "1", "2", "3"], listed);
    }

    [Fact(Timeout = 30_000)]
    public async Task Noise_on_the_output_is_logged_and_skipped()
    {
        await using var bench = new RuntimeBench();
        var server = bench.Server("noisy", "--garbage-on-start", "--split-writes");
        await bench.StartAsync(server);
        var ready = await bench.UntilAsync(server, Phase.Ready);

        Assert.Equal("\"still here\"", await bench.CallEchoAsync(ready.Id, "still here"));
        Assert.Contains(
            bench.Logs.Of(server.Name).Latest(100),
            line => line.Source is LogSource.Noise
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_keeper_nothing_starts_and_everybody_is_told_why()
    {
        await using var bench = new RuntimeBench(keeper: "/no/such/keeper");
        var server = bench.Server("orphan", "echo");
        await bench.StartAsync(server);

        var exited = await bench.UntilAsync(server, Phase.Exited);

        Assert.Equal(Cause.NeverReady, exited.Cause);
        Assert.Contains("Cannot start the keeper", exited.Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_closes_its_input_and_stays_is_ended()
    {
        const string script = """
            read -r request; id=${request#*\"id\":}; id=${id%%,*}
            echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-11-25"}}'
            read -r initialized; exec 0<&-; echo deaf >&2; exec sleep 60
            """;
        await using var bench = new RuntimeBench();
        var server = bench.Server("deaf", "/bin/sh", ["-c", script]);
        await bench.StartAsync(server);
        var ready = await bench.UntilAsync(server, Phase.Ready);
        await foreach (var line in bench.Logs.Of(server.Name).FollowAsync(1, Cancelled))
        {
            Assert.Equal("deaf", line.Text);
            break;
        }

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(() =>
            bench.CallEchoAsync(ready.Id, "hello")
        );

        Assert.Contains("closed its standard input", gone.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stop_whose_deadline_has_passed_is_carried_out_all_the_same()
    {
        await using var bench = new RuntimeBench();
        var echo = bench.Server("echo");
        await bench.StartAsync(echo);
        var ready = await bench.UntilAsync(echo, Phase.Ready);

        var late = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1);
        await bench.Runtime.StopAsync(new(ready.Id, late, Cause.Asked, "test"), Cancelled);

        var exited = await bench.UntilAsync(echo, Phase.Exited);
        Assert.Equal(Cause.Asked, exited.Cause);
    }
}
