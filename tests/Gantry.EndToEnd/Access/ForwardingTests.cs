using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Access;

/// <summary>A server elsewhere that wants to know whose each request is, among others that do not.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class ForwardingTests : Scenario
{
    private const string Ann = "ann-secret";
    private const string Bob = "bob-secret";

    [Theory(Timeout = 240_000)]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("g/both", false)]
    [InlineData("g/both", true)]
    public async Task It_shows_and_gives_to_each_caller_what_is_theirs(string place, bool isModern)
    {
        await using var origin = await NodeServer.StartAsync(Ports.Free(), Token, "guarded.mjs");
        Configure(origin.Port);
        await UpAsync();
        await ServesAsync("near");
        await using var ann = await OpenAsync(place, Ann, isModern);
        await using var bob = await OpenAsync(place, Bob, isModern);
        await using var nobody = await OpenAsync(place, null, isModern);

        await Eventually.TrueAsync(
            "it lists to who asks",
            async () => (await ann.ToolsAsync()).Contains("far__of_ann"),
            Token
        );
        // Whatever is remembered of the first round must not show in the second.
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(["far__of_ann"], await FarAsync(ann));
            Assert.Equal(["far__of_bob"], await FarAsync(bob));
            Assert.Empty(await FarAsync(nobody));
            Assert.Contains("This is for ann.", await ann.CallAsync("far__of_ann"));
            Assert.Contains("This is for bob.", await bob.CallAsync("far__of_bob"));
            Assert.DoesNotContain("This is", await ann.CallAsync("far__of_bob"));
            Assert.DoesNotContain("This is", await nobody.CallAsync("far__of_ann"));
            Assert.Contains("\"text\"", await nobody.CallAsync("near__pid"));
        }

        Assert.DoesNotContain("-secret", Gantry.Output, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> FarAsync(Visitor visitor)
    {
        var all = await visitor.ToolsAsync();
        Assert.Contains("near__pid", all);
        return all.Where(name => name.StartsWith("far__", StringComparison.Ordinal));
    }

    private void Configure(int port)
    {
        Write(TestServer("near"));
        var far = new JsonObject
        {
            ["url"] = $"http://127.0.0.1:{port}/mcp",
            ["forward_authorization"] = true,
        };
        var file = new JsonObject
        {
            ["servers"] = new JsonObject { ["far"] = far },
            ["groups"] = new JsonObject
            {
                ["both"] = new JsonObject { ["servers"] = new JsonArray("far", "near") },
            },
        };
        File.WriteAllText(Path.Combine(Config, "gantry.json"), file.ToJsonString());
    }

    private async Task<Visitor> OpenAsync(string place, string? key, bool isModern)
    {
        var endpoint = Gantry.EndpointOf(place);
        return new(
            endpoint,
            key,
            isModern ? null : await McpClient.OpenAsync(endpoint, key, Token)
        );
    }

    /// <summary>A client of either era, with an Authorization header or without.</summary>
    private sealed class Visitor(Uri endpoint, string? key, McpClient? legacy) : IAsyncDisposable
    {
        private readonly HttpClient _http = new();

        public async Task<string[]> ToolsAsync()
        {
            var answer = await AskAsync("tools/list", []);
            return
            [
                .. answer["result"]
                    ?.AsObject()["tools"]
                    ?.AsArray()
                    .Select(tool => tool?["name"]?.GetValue<string>() ?? "")
                    ?? [],
            ];
        }

        /// <summary>The whole answer, whatever it says.</summary>
        public async Task<string> CallAsync(string tool)
        {
            var parameters = new JsonObject { ["name"] = tool, ["arguments"] = new JsonObject() };
            return (await AskAsync("tools/call", parameters)).ToJsonString();
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            if (legacy is not null)
            {
                await legacy.DisposeAsync();
            }
        }

        private Task<JsonObject> AskAsync(string method, JsonObject parameters) =>
            legacy is null
                ? AskAloneAsync(method, parameters)
                : legacy.AskAsync(method, parameters, Token);

        private async Task<JsonObject> AskAloneAsync(string method, JsonObject parameters)
        {
            parameters["_meta"] = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
            };
            var body = new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = 1,
                ["method"] = method,
                ["params"] = parameters,
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
            request.Content = new StringContent(
                body.ToJsonString(),
                Encoding.UTF8,
                "application/json"
            );
            request.Headers.Add("Accept", "application/json");
            request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            request.Headers.Add("Mcp-Method", method);
            if (parameters["name"]?.GetValue<string>() is { } name)
            {
                request.Headers.Add("Mcp-Name", name);
            }

            if (key is not null)
            {
                request.Headers.Authorization = new("Bearer", key);
            }

            using var response = await _http.SendAsync(request, Token);
            var answer = await response.Content.ReadAsStringAsync(Token);
            return JsonNode.Parse(answer)?.AsObject() ?? [];
        }
    }
}
