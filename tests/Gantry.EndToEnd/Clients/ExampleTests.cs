using System.Collections.Immutable;
using Gantry.EndToEnd.Harness;
using Gantry.EndToEnd.Replicas;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>The examples run as they stand, packages from npm and all.</summary>
public sealed class ExampleTests : Scenario
{
    private const string Hello =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}""";

    [Fact(Timeout = 300_000)]
    public async Task The_quickstart_serves_its_three_servers()
    {
        var example = Example("examples/quickstart");
        var hello = Path.Combine(example, "sample", "hello.txt");
        await UpAsync(example);

        await AnswersAsync("everything", "echo", """{"message":"hi"}""", "Echo: hi");
        await AnswersAsync("files", "read_text_file", $$"""{"path":"{{hello}}"}""", "whole way");
        await AnswersAsync("memory", "read_graph", "{}", "entities");
    }

    [Fact(Timeout = 300_000)]
    public async Task The_executor_file_serves_its_server()
    {
        await UpAsync(Example("examples/executor"));

        await AnswersAsync("everything", "echo", """{"message":"hi"}""", "Echo: hi");
    }

    [Fact(Timeout = 300_000)]
    public async Task The_file_of_a_client_serves_its_server()
    {
        await UpAsync(Example("examples/mcp-servers"));

        await AnswersAsync("memory", "read_graph", "{}", "entities");
    }

    [Fact(Timeout = 300_000)]
    public async Task The_team_shows_keys_and_each_tenant_sees_its_own()
    {
        await UpAsync(Example("examples/team"));
        var all = await Gantry.RunAsync(Token, "key", "create", "alice");
        var other = await Gantry.RunAsync(Token, "key", "create", "other", "--tenant", "other");

        await using var client = await McpClient.OpenAsync(
            Gantry.EndpointOf("memory"),
            all.Output.Trim(),
            Token
        );
        var answer = await client.CallAsync("read_graph", "{}", Token);

        Assert.Contains("entities", answer.Text, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            McpClient.OpenAsync(Gantry.EndpointOf("memory"), other.Output.Trim(), Token)
        );
        Assert.Contains("NotFound", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task The_group_of_the_example_serves_what_it_allows()
    {
        await UpAsync(Example("examples/groups"));

        await AnswersAsync("g/notes", "memory__read_graph", "{}", "entities");
        await AnswersAsync("g/notes", "read", """{"path":"gantry.yaml"}""", "groups:");
        var denied = await Gantry.CallAsync("g/notes", "memory__delete_entities", "{}", Token);
        Assert.Contains("No server here has a tool", denied.Refusal, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task The_server_with_a_port_is_served_there()
    {
        await UpAsync(Example("examples/ports"));
        using var http = new HttpClient();

        await Eventually.TrueAsync(
            "it is served on its port",
            async () =>
                (await http.GetAsync("http://127.0.0.1:3101/health", Token)).IsSuccessStatusCode,
            Token
        );
    }

    [Fact(Timeout = 300_000)]
    public async Task Every_listener_of_the_example_serves_its_server()
    {
        var port = Ports.Free();
        var command = new Command(
            Places.Gantry,
            ["up", Example("examples/sockets"), "--state-dir", Path.Combine(Home, "sockets")]
        )
        {
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("GANTRY_PORT", $"{port}")
                .Add("GANTRY_RUNTIME_DIR", Home),
        };
        using var daemon = command.Start();
        try
        {
            await Eventually.TrueAsync(
                "it listens",
                async () => (await CurlAsync(port, "/health/live")).ExitCode == 0,
                Token
            );
            string[] over = ["--unix-socket", Path.Combine(Home, "gantry-clients.sock")];
            foreach (
                var way in (string[][])
                    [
                        [],
                        over,
                    ]
            )
            {
                var answer = await CurlAsync(
                    port,
                    "/mcp/memory",
                    [
                        .. way,
                        "-H",
                        "Content-Type: application/json",
                        "-H",
                        "Accept: application/json, text/event-stream",
                        "-d",
                        Hello,
                    ]
                );
                Assert.Contains("\"protocolVersion\"", answer.Output, StringComparison.Ordinal);
            }
        }
        finally
        {
            Signals.Interrupt(daemon.Id);
            await daemon.WaitForExitAsync(Token);
        }

        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact(Timeout = 300_000)]
    public async Task Two_replicas_of_the_example_serve_one_session()
    {
        var example = Example("examples/replicas");
        await using var company = await Company.UpAsync(Home, Mark, [example], Token);

        var endpoint = company.Front.EndpointOf("everything");
        await using var client = await McpClient.OpenAsync(endpoint, Token);
        for (var call = 0; call < 4; call++)
        {
            var answer = await client.CallAsync("echo", """{"message":"hi"}""", Token);
            Assert.Contains("Echo: hi", answer.Text, StringComparison.Ordinal);
        }
    }

    private static Task<Finished> CurlAsync(int port, string path, params string[] arguments) =>
        new Command("curl", ["-sSf", .. arguments, $"http://127.0.0.1:{port}{path}"]).RunAsync(
            Token
        );

    private static string Example(string path) => Path.Combine(Places.Root, path);

    private async Task AnswersAsync(string server, string tool, string arguments, string text)
    {
        var answer = await Gantry.CallAsync(server, tool, arguments, Token);

        Assert.Contains(text, answer.Text, StringComparison.Ordinal);
    }
}
