using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Access;

/// <summary>A server of which everybody who is known has a process of their own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrincipalTests : Scenario
{
    private const string Server = "own";

    [Fact(Timeout = 240_000)]
    public async Task Each_key_has_one_process_whichever_way_its_clients_come()
    {
        Configure();
        await UpAsync();
        var (ann, bob) = (await CreateAsync("ann"), await CreateAsync("bob"));

        var first = await PidAsync(Server, "pid", ann);
        var again = await PidAsync(Server, "pid", ann);
        var among = await PidAsync("", $"{Server}__pid", ann);
        var modern = await ModernPidAsync(ann);
        var others = await PidAsync("", $"{Server}__pid", bob);
        var alone = await PidAsync(Server, "pid", bob);

        Assert.Equal([first, first, first], [again, among, modern]);
        Assert.Equal(others, alone);
        Assert.NotEqual(first, others);
        Assert.Equal(
            new[] { first, others }.Order(),
            ProcessesOf(Server).Select(process => process.Id).Order()
        );
    }

    private void Configure()
    {
        var file = JsonNode.Parse(
            (TestServer(Server) with { MaxInstances = 4, StartupTimeout = "90s" }).ToJson()
        );
        if (file?["servers"]?[Server] is { } server)
        {
            server["isolation"] = "principal";
        }

        File.WriteAllText(Path.Combine(Config, "own.json"), file?.ToJsonString());
        File.WriteAllText(
            Path.Combine(Config, "gantry.yaml"),
            "servers: {}\ngateway: { auth: { api_keys: true } }\n"
        );
    }

    private async Task<string> CreateAsync(string name)
    {
        var made = await Gantry.RunAsync(Token, "key", "create", name);
        Assert.Equal(0, made.ExitCode);
        return made.Output.Trim();
    }

    private async Task<int> PidAsync(string place, string tool, string key)
    {
        await using var client = await McpClient.OpenAsync(Gantry.EndpointOf(place), key, Token);
        return (await client.CallAsync(tool, "{}", Token)).Number;
    }

    private async Task<int> ModernPidAsync(string key)
    {
        const string Tool = $"{Server}__pid";
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Gantry.EndpointOf(""));
        request.Content = new StringContent(
            $$$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{{{Tool}}}}}","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""",
            System.Text.Encoding.UTF8,
            "application/json"
        );
        request.Headers.Add("Accept", "application/json");
        request.Headers.Add("X-API-Key", key);
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", "tools/call");
        request.Headers.Add("Mcp-Name", Tool);
        using var response = await http.SendAsync(request, Token);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token));
        var text = answer?["result"]?["content"]?[0]?["text"]?.GetValue<string>();
        return int.Parse(text ?? "", System.Globalization.CultureInfo.InvariantCulture);
    }
}
