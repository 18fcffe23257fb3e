using System.Net;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>Servers elsewhere, bridged without a configuration.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BridgeTests : Scenario
{
    private const string Asking = "gateway: { auth: { api_keys: true } }";

    [Theory(Timeout = 120_000)]
    [InlineData("http", "", "auto")]
    [InlineData("http", "/sse", "auto")]
    [InlineData("http", "/sse", "sse")]
    [InlineData("ws", "/ws", "auto")]
    public async Task A_server_elsewhere_is_on_the_standard_streams(
        string scheme,
        string path,
        string transport
    )
    {
        var key = await UpWithKeyAsync();
        var seen = await VisitAsync(
            Line([
                Places.Gantry,
                "stdio",
                "--url",
                $"{scheme}://{Gantry.Address.Authority}/mcp/alpha{path}",
                "--transport",
                transport,
                "--header",
                $"X-API-Key: {key}",
                "--state-dir",
                Path.Combine(Home, "other"),
            ]),
            "stdio"
        );

        Assert.Contains("\"hi\"", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_command_line_of_another_bridge_still_works()
    {
        var key = await UpWithKeyAsync();
        var seen = await VisitAsync(
            Line([
                Places.Gantry,
                "bridge",
                "--sse",
                $"{Gantry.EndpointOf("alpha")}/sse",
                "--oauth2Bearer",
                key,
                "--logLevel",
                "none",
            ]),
            "stdio"
        );

        Assert.Contains("\"hi\"", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_server_elsewhere_is_served_on_every_transport_at_the_paths_asked_for()
    {
        var key = await UpWithKeyAsync();
        var port = Ports.Free();
        using var bridge = new Command(
            Places.Gantry,
            [
                "bridge",
                "--url",
                $"{Gantry.EndpointOf("alpha")}",
                "--header",
                $"Authorization: Bearer {key}",
                "--port",
                $"{port}",
                "--ssePath",
                "/old/events",
                "--messagePath",
                "/old/say",
                "--streamableHttpPath",
                "/new",
                "--healthEndpoint",
                "/healthz",
            ]
        ).Start();
        try
        {
            await Eventually.TrueAsync("it is served", () => IsWellAsync(port, "/healthz"), Token);
            foreach (
                var (kind, address) in new[]
                {
                    ("http", $"http://127.0.0.1:{port}/new"),
                    ("sse", $"http://127.0.0.1:{port}/old/events"),
                    ("ws", $"ws://127.0.0.1:{port}/old/say"),
                    ("http", $"http://127.0.0.1:{port}/mcp"),
                }
            )
            {
                var seen = await VisitAsync(address, kind);
                Assert.Contains("\"hi\"", seen["result"]?.ToJsonString());
            }
        }
        finally
        {
            Signals.Interrupt(bridge.Id);
            await bridge.WaitForExitAsync(Token);
        }

        Assert.Equal(0, bridge.ExitCode);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(null, "0600")]
    [InlineData("0660", "0660")]
    public async Task A_command_is_served_on_a_socket_and_called_there_over_every_transport(
        string? mode,
        string expected
    )
    {
        string[] switches = mode is null ? [] : ["--socket-mode", mode];
        var socket = Path.Combine(Home, "bridge.sock");
        using var bridge = new Command(
            Places.Gantry,
            ["bridge", "--listen", $"unix:{socket}", .. switches, "--", Places.TestServer]
        ).Start();
        try
        {
            await Eventually.TrueAsync("it is served", () => File.Exists(socket), Token);
            await Eventually.TrueAsync(
                $"its mode is {expected}",
                () => File.GetUnixFileMode(socket) == (UnixFileMode)Convert.ToInt32(expected, 8),
                Token
            );
            foreach (
                var (path, transport) in new[]
                {
                    ("", "auto"),
                    (":/sse", "sse"),
                    (":/ws", "websocket"),
                }
            )
            {
                var seen = await VisitAsync(
                    Line([
                        Places.Gantry,
                        "stdio",
                        "--url",
                        $"unix:{socket}{path}",
                        "--transport",
                        transport,
                    ]),
                    "stdio"
                );
                Assert.Contains("\"hi\"", seen["result"]?.ToJsonString());
            }
        }
        finally
        {
            Signals.Interrupt(bridge.Id);
            await bridge.WaitForExitAsync(Token);
        }

        Assert.Equal(0, bridge.ExitCode);
        Assert.False(File.Exists(socket));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_server_that_cannot_be_reached_is_an_error_that_says_so()
    {
        var address = $"http://127.0.0.1:{Ports.Free()}/mcp";
        using var client = new Command(Places.Gantry, ["stdio", "--url", address]).Start();

        await client.StandardInput.WriteLineAsync(
            """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}"""
        );
        var answer = JsonNode.Parse(await client.StandardOutput.ReadLineAsync(Token) ?? "{}");
        client.StandardInput.Close();
        await client.WaitForExitAsync(Token);

        Assert.Contains("127.0.0.1", answer?["error"]?["message"]?.ToString());
    }

    private async Task<string> UpWithKeyAsync()
    {
        Write(TestServer("alpha"));
        await File.WriteAllTextAsync(Path.Combine(Config, "gantry.yaml"), Asking, Token);
        await UpAsync();
        return (await Gantry.RunAsync(Token, "key", "create", "bridge")).Succeeded().Trim();
    }

    private static async Task<bool> IsWellAsync(int port, string path)
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync($"http://127.0.0.1:{port}{path}", Token);
            return answer.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Line(params IEnumerable<string> words) =>
        new JsonArray([.. words.Select(word => (JsonNode)word)]).ToJsonString();

    private static async Task<JsonObject> VisitAsync(string where, string kind)
    {
        var script = Path.Combine(Places.Npm, "sdk-v1.mjs");
        var command = new Command(Places.Node, [script, where, "echo", """{"text":"hi"}""", kind]);
        return JsonNode.Parse((await command.RunAsync(Token)).Succeeded())?.AsObject() ?? [];
    }
}
