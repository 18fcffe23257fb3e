using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>The official clients use the three real servers from npm through Gantry.</summary>
public sealed class OfficialClientTests : Scenario
{
    private const string Everything = "everything";
    private const string Files = "files";
    private const string Memory = "memory";

    [Theory(Timeout = 120_000)]
    [InlineData("sdk-v1.mjs", Everything, "echo", """{"message":"hello"}""", "Echo: hello")]
    [InlineData("sdk-v2.mjs", Everything, "echo", """{"message":"hello"}""", "Echo: hello")]
    [InlineData("sdk-v1.mjs", Files, "list_allowed_directories", "{}", "Allowed directories")]
    [InlineData("sdk-v2.mjs", Files, "list_allowed_directories", "{}", "Allowed directories")]
    [InlineData("sdk-v1.mjs", Memory, "read_graph", "{}", "entities")]
    [InlineData("sdk-v2.mjs", Memory, "read_graph", "{}", "entities")]
    public async Task A_client_lists_the_tools_of_a_real_server_and_calls_one(
        string script,
        string server,
        string tool,
        string arguments,
        string text
    )
    {
        WriteRealServers();
        await UpAsync();

        var seen = await VisitAsync(script, server, tool, arguments);

        Assert.Contains(tool, Names(seen["tools"]));
        Assert.Contains(text, seen["result"]?.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("2025-11-25", seen["revision"]?.GetValue<string>());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("sdk-v1.mjs")]
    [InlineData("sdk-v2.mjs")]
    public async Task A_client_sees_the_progress_of_a_long_call(string script)
    {
        WriteRealServers();
        await UpAsync();

        var seen = await VisitAsync(
            script,
            Everything,
            "trigger-long-running-operation",
            """{"duration":1,"steps":4}"""
        );

        var steps = seen["progress"]?.AsArray().Select(step => step?.GetValue<int>());
        Assert.Equal([1, 2, 3, 4], steps);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_inspector_lists_and_calls_the_tools_of_each_server()
    {
        WriteRealServers();
        await UpAsync();

        foreach (var (server, tool) in new[] { (Files, "read_text_file"), (Memory, "read_graph") })
        {
            var listed = await InspectAsync(server, "--method", "tools/list");
            Assert.Contains($"\"{tool}\"", listed, StringComparison.Ordinal);
        }

        string[] call = ["--method", "tools/call", "--tool-name", "echo"];
        var answer = await InspectAsync(Everything, [.. call, "--tool-arg", "message=hello"]);
        Assert.Contains("Echo: hello", answer, StringComparison.Ordinal);
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

    private async Task<JsonObject> VisitAsync(
        string script,
        string server,
        string tool,
        string arguments
    )
    {
        var command = new Command(
            Places.Node,
            Path.Combine(Places.Npm, script),
            Gantry.EndpointOf(server).ToString(),
            tool,
            arguments
        );
        var output = (await command.RunAsync(Token)).Succeeded();
        return JsonNode.Parse(output)?.AsObject() ?? [];
    }

    private static IEnumerable<string?> Names(JsonNode? tools) =>
        tools?.AsArray().Select(tool => tool?.GetValue<string>()) ?? [];

    private async Task<string> InspectAsync(string server, params string[] arguments)
    {
        var command = new Command(
            Places.Node,
            [
                Places.InModules("@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
                "--cli",
                Gantry.EndpointOf(server).ToString(),
                "--transport",
                "http",
                "--format",
                "json",
                .. arguments,
            ]
        );
        // It keeps files in the home directory.
        command = command with
        {
            Environment = command.Environment.Add("HOME", Home),
        };
        return (await command.RunAsync(Token)).Succeeded();
    }
}
