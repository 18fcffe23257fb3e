using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>Official clients of each era at servers of each era.</summary>
public sealed class EraTests : Scenario
{
    private const string Newest = "2026-07-28";

    [Theory(Timeout = 120_000)]
    [InlineData("legacy", false)]
    [InlineData("legacy", true)]
    [InlineData("auto", false)]
    [InlineData("auto", true)]
    [InlineData(Newest, false)]
    [InlineData(Newest, true)]
    public async Task The_newer_TypeScript_client_calls_a_shared_server(string era, bool isModern)
    {
        Write(TestServer("echo", isModern ? ["--modern-only"] : []));
        await UpAsync();

        var seen = await VisitAsync("echo", "echo", """{"text":"hello"}""", era);

        Assert.Equal("hello", Text(seen));
        Assert.Equal("gantry-test-server", seen["server"]?.GetValue<string>());
        Assert.Equal(era == "legacy", seen["session"] is not null);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("legacy", false)]
    [InlineData("legacy", true)]
    [InlineData("auto", false)]
    [InlineData("auto", true)]
    public async Task A_user_is_asked_through_whatever_lies_between(string era, bool isModern)
    {
        string[] switches = isModern ? ["conformance", "--modern-only"] : ["conformance"];
        Write(TestServer("fixture", switches) with { SessionIsolation = true, MaxInstances = 8 });
        await UpAsync();

        var tool = "test_input_required_result_multi_round";
        var seen = await VisitAsync(
            "fixture",
            tool,
            "{}",
            era,
            """{"name":"Ann","color":"blue"}"""
        );

        Assert.Contains("Ann", Text(seen), StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_CSharp_client_calls_a_shared_server(bool isModern)
    {
        Write(TestServer("echo", isModern ? ["--modern-only"] : []));
        await UpAsync();
        var transport = new HttpClientTransport(
            new()
            {
                Endpoint = Gantry.EndpointOf("echo"),
                TransportMode = HttpTransportMode.StreamableHttp,
            }
        );

        await using var client = await ModelContextProtocol.Client.McpClient.CreateAsync(
            transport,
            new(),
            cancellationToken: Token
        );
        var arguments = new Dictionary<string, object?> { ["text"] = "hello" };
        var result = await client.CallToolAsync("echo", arguments, cancellationToken: Token);

        Assert.Equal(Newest, client.NegotiatedProtocolVersion);
        Assert.Equal("hello", Assert.IsType<TextContentBlock>(result.Content[0]).Text);
    }

    private static string Text(JsonObject seen) =>
        seen["result"]?["content"]?[0]?["text"]?.GetValue<string>() ?? seen.ToJsonString();

    private async Task<JsonObject> VisitAsync(
        string server,
        string tool,
        string arguments,
        params string[] more
    )
    {
        var command = new Command(
            Places.Node,
            [
                Path.Combine(Places.Npm, "sdk-v2.mjs"),
                Gantry.EndpointOf(server).ToString(),
                tool,
                arguments,
                .. more,
            ]
        );
        var output = (await command.RunAsync(Token)).Succeeded();
        return JsonNode.Parse(output)?.AsObject() ?? [];
    }
}
