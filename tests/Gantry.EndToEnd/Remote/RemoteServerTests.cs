using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Remote;

/// <summary>Real servers that run elsewhere are served like those that Gantry starts.</summary>
public sealed class RemoteServerTests : Scenario
{
    private const string Everything = "@modelcontextprotocol/server-everything/dist/index.js";

    [Theory(Timeout = 120_000)]
    [InlineData("streamableHttp", "mcp", "auto", "shared")]
    [InlineData("streamableHttp", "mcp", "http", "session")]
    [InlineData("sse", "sse", "auto", "shared")]
    [InlineData("sse", "sse", "sse", "session")]
    public async Task A_client_uses_a_real_server_over_each_transport(
        string mode,
        string path,
        string transport,
        string isolation
    )
    {
        await using var origin = await StartEverythingAsync(Ports.Free(), mode);
        Write($"http://127.0.0.1:{origin.Port}/{path}", transport, isolation);
        await UpAsync();

        await EchoesAsync();
        await ShowsProgressAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_client_uses_a_real_server_over_a_socket()
    {
        await using var origin = await NodeServer.StartAsync(
            Ports.Free(),
            Token,
            Places.InModules("supergateway/dist/index.js"),
            "--stdio",
            $"{Places.Node} {Places.InModules(Everything)}",
            "--outputTransport",
            "ws",
            "--port",
            "PORT",
            "--messagePath",
            "/message"
        );
        Write($"ws://127.0.0.1:{origin.Port}/message", "websocket", "shared");
        await UpAsync();

        await EchoesAsync();
        await ShowsProgressAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_server_without_sessions_is_found_out_to_be_one()
    {
        var port = Ports.Free();
        await using var origin = await NodeServer.StartAsync(port, Token, "modern-http.mjs");
        Write($"http://127.0.0.1:{port}/mcp", "auto", "shared");
        await UpAsync();

        await IsAsync("ready");
    }

    [Fact(Timeout = 180_000)]
    public async Task An_origin_that_goes_away_is_said_so_and_served_again_when_it_is_back()
    {
        var port = Ports.Free();
        Write($"http://127.0.0.1:{port}/mcp", "http", "shared");
        await UpAsync();
        var status = await IsAsync("backoff");
        Assert.Contains(
            $"http://127.0.0.1:{port}/mcp cannot be reached: Connection refused",
            status,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("verysecret", status + Gantry.Output, StringComparison.Ordinal);

        for (var round = 0; round < 2; round++)
        {
            await using var origin = await StartEverythingAsync(port, "streamableHttp");
            await IsAsync("ready");
            await EchoesAsync();
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task A_server_that_restarts_unseen_gets_a_new_session_and_the_call()
    {
        var port = Ports.Free();
        var first = await StartEverythingAsync(port, "streamableHttp");
        Write($"http://127.0.0.1:{port}/mcp", "http", "shared");
        await UpAsync();
        await EchoesAsync();

        await first.DisposeAsync();
        await using var second = await StartEverythingAsync(port, "streamableHttp");
        await Eventually.TrueAsync(
            "it answers again",
            async () =>
                !(await Gantry.CallAsync("far", "echo", """{"message":"back"}""", Token)).IsRefused,
            Token
        );
    }

    private static Task<NodeServer> StartEverythingAsync(int port, string mode) =>
        NodeServer.StartAsync(port, Token, Places.InModules(Everything), mode);

    private void Write(string url, string transport, string isolation)
    {
        var server = new JsonObject
        {
            ["url"] = url,
            ["transport"] = transport,
            ["isolation"] = isolation,
            ["headers"] = new JsonObject { ["X-Key"] = "verysecret" },
        };
        var text = new JsonObject { ["servers"] = new JsonObject { ["far"] = server } };
        File.WriteAllText(Path.Combine(Config, "gantry.json"), text.ToJsonString());
    }

    // The status as it is printed, once it has this word.
    private async Task<string> IsAsync(string state)
    {
        var status = "";
        await Eventually.TrueAsync(
            $"far is {state}",
            async () =>
            {
                status = (await Gantry.RunAsync(Token, "status")).Output;
                return status.Contains(state, StringComparison.Ordinal);
            },
            Token
        );
        return status;
    }

    private async Task EchoesAsync()
    {
        var seen = await VisitAsync("echo", """{"message":"hello"}""");
        Assert.Contains("Echo: hello", seen["result"]?.ToJsonString(), StringComparison.Ordinal);
    }

    private async Task ShowsProgressAsync()
    {
        var seen = await VisitAsync(
            "trigger-long-running-operation",
            """{"duration":1,"steps":4}"""
        );
        var steps = seen["progress"]?.AsArray().Select(step => step?.GetValue<int>());
        Assert.Equal([1, 2, 3, 4], steps);
    }

    private async Task<JsonObject> VisitAsync(string tool, string arguments)
    {
        var client = new Command(
            Places.Node,
            Path.Combine(Places.Npm, "sdk-v1.mjs"),
            Gantry.EndpointOf("far").ToString(),
            tool,
            arguments
        );
        var output = (await client.RunAsync(Token)).Succeeded();
        return JsonNode.Parse(output)?.AsObject() ?? [];
    }
}
