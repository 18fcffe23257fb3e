using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Gateway;

/// <summary>Real servers as one.</summary>
public sealed class JoinedTests : Scenario
{
    private const string Everything = "everything";
    private const string Files = "files";
    private const string Memory = "memory";

    [Theory(Timeout = 120_000)]
    [InlineData("", false)]
    [InlineData("2026-07-28", false)]
    [InlineData("2026-07-28", true)]
    public async Task The_official_clients_use_three_servers_as_one(string revision, bool onStdio)
    {
        WriteRealServers();
        await UpAsync();

        var script = Path.Combine(Places.Npm, "joined.mjs");
        var way = onStdio ? Stdio() : Gantry.EndpointOf("").ToString();
        var command = new Command(Places.Node, script, way, revision);
        var output = (await command.RunAsync(Token)).Succeeded();

        var seen = JsonNode.Parse(output)?.AsObject() ?? [];
        var tools = Texts(seen["tools"]).ToList();
        Assert.Equal("gantry", seen["server"]?.GetValue<string>());
        Assert.Contains("everything__echo", tools);
        Assert.Contains("files__read_text_file", tools);
        Assert.Contains("memory__read_graph", tools);
        Assert.Equal(tools.Order(StringComparer.Ordinal).First(), tools[0]);
        Assert.All(Texts(seen["prompts"]), name => Assert.StartsWith("everything__", name));
        Assert.All(Texts(seen["templates"]), uri => Assert.StartsWith("everything+", uri));
        Assert.StartsWith("everything+", seen["link"]?.GetValue<string>());
        Assert.Equal(seen["link"]?.GetValue<string>(), seen["read"]?.GetValue<string>());
        Assert.Contains("5", Texts(seen["texts"]).First());
        Assert.Contains(Config, Texts(seen["texts"]).Last());
    }

    [Fact(Timeout = 120_000)]
    public async Task One_killed_and_one_asleep_take_nothing_from_the_others()
    {
        Write(TestServer("awake"));
        Write(TestServer("asleep") with { OnDemand = true, IdleTimeout = "1s" });
        Write(TestServer("dead", "--exit-on-start", "1"));
        await UpAsync();
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf(""), Token);
        var first = await ListAsync(client, tools => tools.Contains("asleep__echo"));
        Assert.Contains("awake__echo", first);
        Assert.DoesNotContain(first, name => name.StartsWith("dead__", StringComparison.Ordinal));

        await Eventually.TrueAsync(
            "the idle one sleeps",
            () => ProcessesOf("asleep").Count == 0,
            Token
        );
        foreach (var process in ProcessesOf("awake"))
        {
            Signals.Kill(process.Id);
        }

        Assert.Equal(first, await ToolsAsync(client));
        Assert.Empty(ProcessesOf("asleep"));
        Assert.Equal(
            "hi",
            (await client.CallAsync("asleep__echo", """{"text":"hi"}""", Token)).Text
        );
        await Eventually.TrueAsync(
            "the killed one is back",
            async () => !(await client.CallAsync("awake__pid", "{}", Token)).IsRefused,
            Token
        );
    }

    [Fact(Timeout = 120_000)]
    public async Task After_a_restart_what_sleeps_is_listed_and_not_woken()
    {
        Write(TestServer("asleep") with { OnDemand = true, IdleTimeout = "1s" });
        await UpAsync();
        await using (var client = await McpClient.OpenAsync(Gantry.EndpointOf(""), Token))
        {
            await ListAsync(client, tools => tools.Contains("asleep__echo"));
        }

        await Gantry.StopAsync(Token);
        await UpAsync();
        await using var next = await McpClient.OpenAsync(Gantry.EndpointOf(""), Token);

        Assert.Contains("asleep__echo", await ToolsAsync(next));
        Assert.Empty(ProcessesOf("asleep"));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_command_line_lists_and_calls_all_as_one()
    {
        Write(TestServer("alpha") with { OnDemand = true });
        Write(TestServer("beta"));
        await UpAsync();

        var tools = (await Gantry.RunAsync(Token, "tools")).Succeeded();
        var sum = (await Gantry.RunAsync(Token, "call", "alpha__add", "a=2", "b=3")).Succeeded();
        var wrong = await Gantry.RunAsync(Token, "call", "alpha__ad", "a=2", "b=3");

        Assert.Contains("alpha__add", tools, StringComparison.Ordinal);
        Assert.Contains("beta__add", tools, StringComparison.Ordinal);
        Assert.Contains("5", sum, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'alpha__add'?", wrong.Error, StringComparison.Ordinal);
    }

    private string Stdio()
    {
        string[] line = [Places.Gantry, "stdio", "--state-dir", Path.Combine(Home, "state")];
        return new JsonArray([.. line.Select(word => (JsonNode)word)]).ToJsonString();
    }

    private void WriteRealServers()
    {
        Write(Real(Everything));
        Write(Real("filesystem", Config) with { Name = Files });
        var memory = Real(Memory);
        var file = Path.Combine(Home, "memory.jsonl");
        Write(memory with { Environment = memory.Environment.Add("MEMORY_FILE_PATH", file) });
    }

    private static ServerFile Real(string package, params string[] arguments)
    {
        var script = Places.InModules($"@modelcontextprotocol/server-{package}/dist/index.js");
        return new(package, Places.Node, [script, .. arguments]);
    }

    // A server that starts with the first list may come too late for it.
    private static async Task<List<string>> ListAsync(
        McpClient client,
        Func<List<string>, bool> isWhole
    )
    {
        List<string> tools = [];
        await Eventually.TrueAsync(
            "the list is whole",
            async () => isWhole(tools = await ToolsAsync(client)),
            Token
        );
        return tools;
    }

    private static async Task<List<string>> ToolsAsync(McpClient client)
    {
        var answer = await client.AskAsync("tools/list", [], Token);
        return
        [
            .. answer["result"]
                ?["tools"]?.AsArray()
                .Select(tool => tool?["name"]?.GetValue<string>() ?? "")
                ?? [],
        ];
    }

    private static IEnumerable<string> Texts(JsonNode? texts) =>
        texts?.AsArray().Select(text => text?.GetValue<string>() ?? "") ?? [];
}
