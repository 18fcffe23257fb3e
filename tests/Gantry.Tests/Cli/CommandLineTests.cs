using System.Text.Json;
using Gantry.Admin;
using Xunit;

namespace Gantry.Cli;

public sealed class CommandLineTests : IDisposable
{
    private const string Yaml = """
        servers:
          files:
            command: server-files
            args: ["--token", "${SECRET}"]
          memory:
            command: server-memory
            start: on_demand
        """;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gantry-test-");
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _root.Delete(recursive: true);
        _out.Dispose();
        _error.Dispose();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("status")]
    [InlineData("logs")]
    [InlineData("stop files")]
    [InlineData("tools")]
    [InlineData("call files list_directory path=.")]
    public async Task Without_a_daemon_a_client_says_so_in_one_line_and_how_to_start_one(
        string line
    )
    {
        Assert.Equal(ExitCode.NoDaemon, await RunAsync($"{line} --state-dir {_root.FullName}"));

        Assert.Equal("", _out.ToString());
        Assert.Contains("'gantry up'", Assert.Single(Lines(_error)), StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("statsu", "status")]
    [InlineData("validat x", "validate")]
    public async Task A_command_that_is_misspelt_gets_the_one_that_was_meant(
        string line,
        string meant
    )
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(line));

        Assert.Contains(meant, Lines(_out));
        Assert.Contains("See 'gantry --help'.", Lines(_error));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("stop")]
    [InlineData("call files")]
    [InlineData("status --colour")]
    [InlineData("logs --tail -1")]
    [InlineData("call files tool word --config nowhere.yaml")]
    public async Task A_command_line_that_makes_no_sense_exits_with_2(string line) =>
        Assert.Equal(ExitCode.Usage, await RunAsync(line));

    [Theory(Timeout = 30_000)]
    [InlineData("--help", "Exit codes: 0 done")]
    [InlineData("--help", "gantry up ")]
    [InlineData("call --help", "gantry call everything get-sum a=2 b=3")]
    [InlineData("add --help", "--port 3002")]
    public async Task Help_has_examples_and_exit_codes(string line, string expected)
    {
        Assert.Equal(ExitCode.Ok, await RunAsync(line));

        Assert.Contains(expected, _out.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_output_that_takes_nothing_more_is_told_in_one_line()
    {
        await using var full = new StreamWriter("/dev/full") { AutoFlush = true };
        var terminal = NewTerminal() with { Out = full };

        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync(["schema"], terminal));
        Assert.Contains("No space left", Assert.Single(Lines(_error)), StringComparison.Ordinal);
        Assert.Throws<IOException>(full.Dispose);
    }

    [Fact(Timeout = 30_000)]
    public async Task Validate_exits_0_when_all_is_well()
    {
        var file = Write("gantry.yaml", "servers: { files: { command: server-files } }");

        Assert.Equal(ExitCode.Ok, await RunAsync($"validate {file}"));
        Assert.Equal(["1 server, 0 errors, 0 warnings."], Lines(_out));
    }

    [Fact(Timeout = 30_000)]
    public async Task Validate_exits_1_with_the_place_of_each_problem()
    {
        var file = Write("gantry.yaml", "servers:\n  files:\n    comand: server-files\n");

        Assert.Equal(ExitCode.Failed, await RunAsync($"validate {file}"));
        Assert.Contains("gantry.yaml:3:5: GT", Lines(_out)[0], StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Validate_prints_json_for_programs()
    {
        var file = Write("gantry.yaml", "servers:\n  files:\n    comand: server-files\n");

        Assert.Equal(ExitCode.Failed, await RunAsync($"validate {file} --json"));
        using var document = JsonDocument.Parse(_out.ToString());
        Assert.Equal(3, document.RootElement[0].GetProperty("line").GetInt32());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_plan_from_nothing_says_what_would_start_and_why()
    {
        var file = Write("gantry.yaml", "servers: { files: { command: server-files } }");

        Assert.Equal(ExitCode.Ok, await RunAsync($"plan {file} --state-dir {_root.FullName}"));
        Assert.Equal("files: start", Lines(_out)[0]);
        Assert.StartsWith("  start files-", Lines(_out)[1], StringComparison.Ordinal);
        Assert.EndsWith("Nothing was done.", Lines(_out)[^1], StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Status_is_one_line_per_server()
    {
        await using var daemon = await TestDaemon.StartAsync(
            Yaml,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(ExitCode.Ok, await RunAsync($"status --state-dir {daemon.State.Path}"));

        Assert.StartsWith("SERVER", Lines(_out)[0], StringComparison.Ordinal);
        Assert.StartsWith("files", Lines(_out)[1], StringComparison.Ordinal);
        Assert.StartsWith("memory  idle", Lines(_out)[2], StringComparison.Ordinal);
        Assert.DoesNotContain('\e', _out.ToString());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("status")]
    [InlineData("status --json")]
    [InlineData("plan {file}")]
    [InlineData("plan {file} --json")]
    [InlineData("validate {file} --env-file {env}")]
    public async Task No_output_has_a_secret_in_it(string line)
    {
        await using var daemon = await TestDaemon.StartAsync(
            Yaml,
            TestContext.Current.CancellationToken
        );
        var env = Write("secrets.env", $"SECRET={Canary.Value}\n");

        await RunAsync(
            line.Replace("{file}", daemon.ConfigFile, StringComparison.Ordinal)
                .Replace("{env}", env, StringComparison.Ordinal)
                + $" --state-dir {daemon.State.Path}"
        );

        Assert.NotEqual("", _out.ToString());
        Assert.DoesNotContain(Canary.Value, _out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary.Value, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_unknown_server_fails_with_the_name_that_was_meant()
    {
        await using var daemon = await TestDaemon.StartAsync(
            Yaml,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(ExitCode.Failed, await RunAsync($"stop fils --state-dir {daemon.State.Path}"));
        Assert.Equal(["There is no server 'fils'. Did you mean 'files'?"], Lines(_error));
    }

    [Fact(Timeout = 30_000)]
    public async Task Add_writes_a_file_that_is_valid()
    {
        var folder = Path.Combine(_root.FullName, "executor");

        Assert.Equal(ExitCode.Ok, await RunAsync($"add weather @acme/weather-mcp --dir {folder}"));
        Assert.Equal(
            ExitCode.Failed,
            await RunAsync($"add weather @acme/weather-mcp --dir {folder}")
        );

        Assert.True(File.Exists(Path.Combine(folder, "weather.json")));
        Assert.Contains("exists", Assert.Single(Lines(_error)), StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("0.0.0.0:8080", "gateway.allow_unauthenticated")]
    [InlineData("nonsense", "is not an address")]
    public async Task A_daemon_does_not_start_on_an_address_that_it_must_not_take(
        string listen,
        string why
    )
    {
        var file = Write("gantry.yaml", "servers: { }");
        var state = Path.Combine(_root.FullName, "state");

        Assert.Equal(
            ExitCode.Failed,
            await RunAsync($"up {file} --listen {listen} --state-dir {state}")
        );

        Assert.Contains(why, _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string line) => CommandLine.RunAsync(line.Split(' '), NewTerminal());

    private Terminal NewTerminal() =>
        new(_out, _error, HasColours: false, IsInteractive: false, TimeProvider.System);

    private string Write(string name, string text)
    {
        var file = Path.Combine(_root.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string[] Lines(StringWriter writer) =>
        writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
