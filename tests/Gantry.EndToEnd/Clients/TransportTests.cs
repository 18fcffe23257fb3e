using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>The official clients, over every transport that they have.</summary>
public sealed class TransportTests : Scenario
{
    private const string Sdk = "sdk-v1.mjs";

    [Theory(Timeout = 120_000)]
    [InlineData("http", "http", "")]
    [InlineData("sse", "http", "/sse")]
    [InlineData("ws", "ws", "/ws")]
    public async Task A_client_comes_in_over_each_transport(string kind, string scheme, string path)
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var address = $"{scheme}://{Gantry.Address.Authority}/mcp/alpha{path}";

        var seen = await VisitAsync(address, kind, "progress", """{"steps":3,"ms":100}""");

        Assert.Contains("echo", Names(seen["tools"]));
        Assert.Equal(3, seen["progress"]?.AsArray().Count);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("http", "http", "/")]
    [InlineData("sse", "http", "/")]
    [InlineData("sse", "http", "/sse")]
    [InlineData("ws", "ws", "/ws")]
    public async Task A_client_comes_in_over_a_port_of_the_servers_own(
        string kind,
        string scheme,
        string path
    )
    {
        var port = Ports.Free();
        Write(TestServer("alpha") with { Port = port });
        await UpAsync();

        var seen = await VisitAsync(
            $"{scheme}://127.0.0.1:{port}{path}",
            kind,
            "echo",
            """{"text":"hi"}"""
        );

        Assert.Contains("\"hi\"", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_change_of_one_port_leaves_a_call_on_another_alone()
    {
        var (kept, first, second) = (Ports.Free(), Ports.Free(), Ports.Free());
        Write(TestServer("alpha") with { Port = kept });
        Write(TestServer("beta") with { Port = first });
        await UpAsync();
        var sleeping = VisitAsync(
            $"http://127.0.0.1:{kept}/sse",
            "sse",
            "sleep",
            """{"ms":4000}"""
        );

        Write(TestServer("beta") with { Port = second });
        await Eventually.TrueAsync("beta moved", () => IsServedAsync(second), Token);
        Assert.False(await IsServedAsync(first));
        Remove("beta");
        await Eventually.TrueAsync("beta left", async () => !await IsServedAsync(second), Token);

        Assert.NotNull((await sleeping)["result"]);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_stdio_clients_at_once_start_one_daemon()
    {
        Write(TestServer("alpha"));
        var line = CommandLine([
            Places.Gantry,
            "stdio",
            "alpha",
            "--config",
            Config,
            "--state-dir",
            State,
        ]);
        try
        {
            var visits = await Task.WhenAll(
                Enumerable
                    .Range(0, 10)
                    .Select(_ => VisitAsync(line, "stdio", "echo", """{"text":"hi"}"""))
            );

            Assert.All(visits, seen => Assert.Contains("echo", Names(seen["tools"])));
            Assert.Single(ProcessesOf("alpha"));
        }
        finally
        {
            EndDaemon();
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_stdio_client_outlives_its_daemon()
    {
        Write(TestServer("alpha"));
        using var client = new Command(
            Places.Gantry,
            "stdio",
            "alpha",
            "--config",
            Config,
            "--state-dir",
            State
        ).Start();
        try
        {
            await SayAsync(client, Hello);
            Assert.NotNull((await HearAsync(client))["result"]);
            await SayAsync(client, Call(1, "sleep", """{"ms":60000}"""));
            await RunsAsync("alpha");
            await Eventually.TrueAsync(
                "the call is under way",
                async () => (await Other("running")).Contains('2', StringComparison.Ordinal),
                Token
            );

            EndDaemon();
            var lost = await HearAsync(client);
            Assert.Contains("broke", lost["error"]?["message"]?.ToString());
            await SayAsync(client, Call(2, "echo", """{"text":"again"}"""));
            var answer = await HearAsync(client);
            while (answer["id"] is null)
            {
                answer = await HearAsync(client);
            }

            Assert.Contains("again", answer.ToJsonString(), StringComparison.Ordinal);
            client.StandardInput.Close();
            await client.WaitForExitAsync(Token);
            Assert.Equal(0, client.ExitCode);
        }
        finally
        {
            EndDaemon();
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_bridge_serves_one_command_on_every_transport()
    {
        var port = Ports.Free();
        using var bridge = new Command(
            Places.Gantry,
            "bridge",
            "--port",
            $"{port}",
            "--",
            Places.TestServer,
            "--mark",
            $"{Mark}/bridged"
        ).Start();
        try
        {
            await Eventually.TrueAsync("it is served", () => IsServedAsync(port), Token);
            foreach (
                var (kind, address) in new[]
                {
                    ("http", $"http://127.0.0.1:{port}/mcp"),
                    ("sse", $"http://127.0.0.1:{port}/sse"),
                    ("ws", $"ws://127.0.0.1:{port}/ws"),
                }
            )
            {
                var seen = await VisitAsync(address, kind, "echo", """{"text":"hi"}""");
                Assert.Contains("\"hi\"", seen["result"]?.ToJsonString());
            }
        }
        finally
        {
            Signals.Interrupt(bridge.Id);
            await bridge.WaitForExitAsync(Token);
        }

        Assert.Equal(0, bridge.ExitCode);
        await NothingIsLeftAsync();
    }

    [Theory(Timeout = 120_000)]
    [InlineData("http-only", "")]
    [InlineData("sse-only", "/sse")]
    public async Task A_bridge_from_stdio_to_http_comes_in(string transport, string path)
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var line = CommandLine([
            Places.Node,
            Places.InModules("mcp-remote/dist/proxy.js"),
            $"{Gantry.EndpointOf("alpha")}{path}",
            "--transport",
            transport,
            "--allow-http",
        ]);

        var seen = await VisitAsync(line, "stdio", "echo", """{"text":"hi"}""");

        Assert.Contains("\"hi\"", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_inspector_comes_in_over_sse()
    {
        Write(TestServer("alpha"));
        await UpAsync();
        var command = new Command(
            Places.Node,
            Places.InModules("@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
            "--cli",
            $"{Gantry.EndpointOf("alpha")}/sse",
            "--transport",
            "sse",
            "--format",
            "json",
            "--method",
            "tools/list"
        );
        command = command with { Environment = command.Environment.Add("HOME", Home) };

        var listed = (await command.RunAsync(Token)).Succeeded();

        Assert.Contains("\"echo\"", listed, StringComparison.Ordinal);
    }

    private const string Hello =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}""";

    private string State => Path.Combine(Home, "state");

    private static string CommandLine(params IEnumerable<string> words) =>
        new JsonArray([.. words.Select(word => (JsonNode)word)]).ToJsonString();

    private static string Call(int id, string tool, string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""";

    private static Task SayAsync(System.Diagnostics.Process client, string line) =>
        client.StandardInput.WriteLineAsync(line.AsMemory(), Token);

    private static async Task<JsonObject> HearAsync(System.Diagnostics.Process client) =>
        JsonNode.Parse(await client.StandardOutput.ReadLineAsync(Token) ?? "{}")?.AsObject() ?? [];

    /// <summary>What another client is told.</summary>
    private async Task<string> Other(string tool)
    {
        var command = new Command(Places.Gantry, "call", "alpha", tool, "--state-dir", State);
        return (await command.RunAsync(Token)).Output;
    }

    private void EndDaemon()
    {
        var note = Path.Combine(State, "daemon.json");
        if (File.Exists(note) && JsonNode.Parse(File.ReadAllText(note)) is { } found)
        {
            Signals.Kill(found["processId"]?.GetValue<int>() ?? 0);
        }
    }

    private static async Task<bool> IsServedAsync(int port)
    {
        using var http = new HttpClient();
        try
        {
            var address = new Uri($"http://127.0.0.1:{port}/health");
            return (await http.GetAsync(address, Token)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<JsonObject> VisitAsync(
        string where,
        string kind,
        string tool,
        string arguments
    )
    {
        var script = Path.Combine(Places.Npm, Sdk);
        var command = new Command(Places.Node, script, where, tool, arguments, kind);
        var output = (await command.RunAsync(Token)).Succeeded();
        return JsonNode.Parse(output)?.AsObject() ?? [];
    }

    private static IEnumerable<string?> Names(JsonNode? tools) =>
        tools?.AsArray().Select(tool => tool?.GetValue<string>()) ?? [];
}
