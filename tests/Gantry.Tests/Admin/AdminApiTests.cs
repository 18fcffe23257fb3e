using System.Net;
using System.Net.Http.Json;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Admin;

public sealed class AdminApiTests
{
    private const string Yaml = """
        servers:
          files:
            command: server-files
            args: ["--token", "${SECRET}", "./data"]
            env: { TOKEN: "${SECRET}" }
          memory:
            command: server-memory
            start: on_demand
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_server_is_shown_with_its_state_its_instances_and_where_it_is_reached()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        await WaitForAsync(daemon, "files", "ready");

        var files = (await daemon.Client.ServersAsync(Token)).Single(one => one.Name is "files");

        Assert.Equal("ready", files.State);
        Assert.EndsWith("/mcp/files", files.Url, StringComparison.Ordinal);
        Assert.Equal("ready", Assert.Single(files.Instances).Phase);
        Assert.Equal(["--token", "${SECRET}", "./data"], files.Spec?.Arguments);
        Assert.Equal(["TOKEN"], files.Spec?.Environment);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_on_demand_is_idle_until_somebody_asks()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var memory = (await daemon.Client.ServersAsync(Token)).Single(one => one.Name is "memory");

        Assert.Equal("idle", memory.State);
        Assert.Equal("on_demand", memory.Spec?.Start);
    }

    [Fact(Timeout = 30_000)]
    public async Task Stop_and_start_are_the_operators_word()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        await daemon.Client.TellAsync("files", "stop", Token);
        await WaitForAsync(daemon, "files", "stopped");
        await daemon.Client.TellAsync("files", "start", Token);
        await WaitForAsync(daemon, "files", "ready");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("servers")]
    [InlineData("servers/files")]
    [InlineData("instances")]
    [InlineData("plan")]
    [InlineData("config")]
    [InlineData("logs")]
    public async Task No_answer_has_a_secret_in_it(string path)
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        await WaitForAsync(daemon, "files", "ready");

        var answer = await daemon.Http.GetStringAsync(
            new Uri($"/api/v1/{path}", UriKind.Relative),
            Token
        );

        Assert.DoesNotContain(Canary.Value, answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Enums_are_words_and_what_is_not_there_is_left_out()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var answer = await daemon.Http.GetStringAsync(
            new Uri("/api/v1/servers/memory", UriKind.Relative),
            Token
        );

        Assert.Contains("\"state\":\"idle\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"start\":\"on_demand\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("null", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_plan_for_other_files_says_what_would_happen_and_does_nothing()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        await WaitForAsync(daemon, "files", "ready");
        var other = Path.Combine(Path.GetDirectoryName(daemon.ConfigFile) ?? "", "other.yaml");
        await File.WriteAllTextAsync(other, "servers: { files: { command: another } }", Token);

        var plan = await daemon.Client.PlanAsync(new([other]), Token);

        var files = plan.Servers.Single(server => server.Name is "files");
        Assert.NotEmpty(files.Steps);
        Assert.StartsWith(
            "stop",
            plan.Servers.Single(one => one.Name is "memory").Summary,
            StringComparison.Ordinal
        );
        Assert.Equal("ready", await StateAsync(daemon, "files"));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_unknown_server_is_answered_with_the_name_that_was_meant()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        using var response = await daemon.Http.GetAsync(
            new Uri("/api/v1/servers/fils", UriKind.Relative),
            Token
        );

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync(AdminJson.Wire.Problem, Token);
        Assert.Equal("There is no server 'fils'. Did you mean 'files'?", problem?.Detail);
        Assert.Equal(["files", "memory"], problem?.Names ?? []);
    }

    [Fact(Timeout = 30_000)]
    public async Task Events_begin_with_the_latest_and_go_on()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        await using var stream = await daemon.Http.GetStreamAsync(
            new Uri("/api/v1/events?tail=100", UriKind.Relative),
            Token
        );
        using var lines = new StreamReader(stream);

        Assert.Equal("event: config", await lines.ReadLineAsync(Token));
        daemon.Engine.Events.Append(new(DateTimeOffset.UnixEpoch, "test", "hello"));
        while (await lines.ReadLineAsync(Token) is not "event: test") { }

        Assert.Contains(
            "\"message\":\"hello\"",
            await lines.ReadLineAsync(Token),
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task Logs_of_all_servers_come_in_order_of_time_and_go_on()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        Log(daemon, "memory", 2, "second");
        Log(daemon, "files", 1, "first");

        var latest = new List<string>();
        await foreach (var line in daemon.Client.LogsAsync(null, 10, false, Token))
        {
            latest.Add(line.Text);
        }

        Assert.Equal(["first", "second"], latest);
        await using var followed = daemon
            .Client.LogsAsync(null, 0, true, Token)
            .GetAsyncEnumerator(Token);
        var next = followed.MoveNextAsync();
        while (!next.IsCompleted)
        {
            Log(daemon, "files", 3, "third");
            await Task.Yield();
        }

        Assert.True(await next);
        Assert.Equal("third", followed.Current.Text);
    }

    [Fact(Timeout = 30_000)]
    public async Task Health_is_open_and_says_ready()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        Assert.Equal(
            """{"status":"ready","waiting":[]}""",
            await daemon.Http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), Token)
        );
        Assert.Equal(
            """{"status":"live","waiting":[]}""",
            await daemon.Http.GetStringAsync(new Uri("/health/live", UriKind.Relative), Token)
        );
    }

    private static void Log(TestDaemon daemon, string server, int second, string text) =>
        daemon.Engine.Logs.Append(
            ServerName.Parse(server),
            new(DateTimeOffset.UnixEpoch.AddSeconds(second), new("x"), LogSource.Error, text)
        );

    private static async Task WaitForAsync(TestDaemon daemon, string server, string state)
    {
        while (true)
        {
            var version = daemon.Engine.Board.Current.Version;
            if (await StateAsync(daemon, server) == state)
            {
                return;
            }

            await daemon.Engine.Board.AfterAsync(version, Token);
        }
    }

    private static async Task<string> StateAsync(TestDaemon daemon, string server) =>
        (await daemon.Client.ServersAsync(Token)).Single(one => one.Name == server).State;
}
