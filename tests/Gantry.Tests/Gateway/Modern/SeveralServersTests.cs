using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Planning;
using Xunit;
using static Gantry.Gateway.Modern.Several;

namespace Gantry.Gateway.Modern;

/// <summary>Clients without sessions at several servers as one.</summary>
public sealed class SeveralServersTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task Discovery_waits_for_nobody_and_tells_what_is_known()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files");
        using var legacy = await gateway.JoinAsync();
        await legacy.ToolsAsync();
        gateway.Define("asleep");
        using var client = new ModernClient(gateway.Address, "");

        var result = await client.ResultAsync("server/discover");

        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Equal("2026-07-28", result.GetProperty("supportedVersions")[0].GetString());
        Assert.Equal(0, result.GetProperty("ttlMs").GetInt32());
        Assert.Equal("private", result.GetProperty("cacheScope").GetString());
        Assert.Equal("gantry", ServerOf(result));
        var capabilities = result.GetProperty("capabilities");
        Assert.True(capabilities.GetProperty("tools").GetProperty("listChanged").GetBoolean());
        Assert.True(capabilities.GetProperty("resources").GetProperty("subscribe").GetBoolean());
        Assert.False(capabilities.TryGetProperty("tasks", out _));
        Assert.Contains(
            "# files\nBe kind.",
            result.GetProperty("instructions").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(0, gateway.Demand("asleep").CallsWaiting);
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_are_those_of_all_in_the_words_of_this_era(bool isModern)
    {
        await using var gateway = await StartAsync(isModern, "files", "memory");
        using var client = new ModernClient(gateway.Address, "");

        var tools = await client.ResultAsync("tools/list");
        var resources = await client.ResultAsync("resources/list");
        var templates = await client.ResultAsync("resources/templates/list");
        var prompts = await client.ResultAsync("prompts/list");

        Assert.Equal(["files__x", "memory__x"], Names(tools, "tools"));
        Assert.Equal(
            "files+file:///a",
            resources.GetProperty("resources")[0].GetProperty("uri").GetString()
        );
        Assert.Equal(
            "files+test://{id}",
            templates.GetProperty("resourceTemplates")[0].GetProperty("uriTemplate").GetString()
        );
        foreach (var list in (JsonElement[])[tools, resources, templates, prompts])
        {
            Assert.Equal("complete", list.GetProperty("resultType").GetString());
            Assert.Equal("private", list.GetProperty("cacheScope").GetString());
            Assert.Equal(0, list.GetProperty("ttlMs").GetInt32());
            Assert.Equal("gantry", ServerOf(list));
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_list_holds_as_long_as_the_shortest_of_all_says()
    {
        await using var gateway = await StartAsync(isModern: true, "files", "memory");
        var lifetime = 90_000;
        foreach (var (_, connection) in gateway.Runtime.Connections)
        {
            var ms = lifetime -= 30_000;
            connection.Script = call =>
                call.Respond($$"""{"tools":[{"name":"x"}],"ttlMs":{{ms}},"cacheScope":"public"}""");
        }

        using var client = new ModernClient(gateway.Address, "");
        var first = await client.ResultAsync("tools/list");
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        var second = await client.ResultAsync("tools/list");

        Assert.Equal(30_000, first.GetProperty("ttlMs").GetInt32());
        // A list that was fetched because its instance is new may just have come.
        Assert.InRange(second.GetProperty("ttlMs").GetInt32(), 20_000, 30_000);
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_missing_stands_beside_who_answers()
    {
        await using var gateway = await StartAsync(isModern: false, "files");
        gateway.Define("dead");
        gateway.Trouble("dead", new(TroubleKind.Paused, "The operator stopped it."));
        using var client = new ModernClient(gateway.Address, "");

        var tools = await client.ResultAsync("tools/list");

        var missing = tools.GetProperty("_meta").GetProperty("gantry/unavailable")[0];
        Assert.Equal("dead", missing.GetProperty("server").GetString());
        Assert.Equal("gantry", ServerOf(tools));
        Assert.Equal(["files__x"], Names(tools, "tools"));
    }

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_reaches_its_server_in_the_servers_words(bool isModern)
    {
        await using var gateway = await StartAsync(isModern, "files", "memory");
        using var client = new ModernClient(gateway.Address, "");

        using var response = await client.CallToolAsync("memory__x", "\"arguments\":{\"a\":1},");
        var result = await ModernClient.ResultAsync(response);
        var read = await client.ResultAsync(
            "resources/read",
            "\"uri\":\"files+file:///a\",",
            "files+file:///a"
        );

        Assert.Equal("x", result.GetProperty("name").GetString());
        Assert.Equal(!isModern, result.TryGetProperty("resultType", out _));
        Assert.Equal("files+file:///a", read.GetProperty("uri").GetString());
        var asked = await Instance(gateway, "files").NextAsync("resources/read");
        Assert.Contains("\"file:///a\"", asked.Text, StringComparison.Ordinal);
        Assert.Equal(
            isModern,
            asked.Text.Contains("io.modelcontextprotocol", StringComparison.Ordinal)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task The_header_names_the_tool_as_the_client_does()
    {
        await using var gateway = await StartAsync(isModern: false, "files");
        using var client = new ModernClient(gateway.Address, "");
        var request = client.Request("tools/call", "\"name\":\"files__x\",");

        using var wrong = await client.PostAsync(
            request,
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "x")
        );

        Assert.Equal((400, -32020), await ModernClient.ErrorAsync(wrong));
    }

    [Fact(Timeout = Patience)]
    public async Task Unknown_methods_tools_and_resources_are_refused_as_this_era_has_it()
    {
        await using var gateway = await StartAsync(isModern: false, "files");
        using var client = new ModernClient(gateway.Address, "");
        await client.ResultAsync("tools/list");

        using var method = await client.AskAsync("nonsense/method");
        using var removed = await client.AskAsync("logging/setLevel", "\"level\":\"info\",");
        using var tool = await client.CallToolAsync("files__y");
        using var resource = await client.PostAsync(
            client.Request("resources/read", "\"uri\":\"x:y\","),
            ("Mcp-Method", "resources/read"),
            ("Mcp-Name", "x:y")
        );
        using var unknown = await client.CallToolAsync("nobody__y");

        Assert.Equal((404, -32601), await ModernClient.ErrorAsync(method));
        Assert.Equal((404, -32601), await ModernClient.ErrorAsync(removed));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(resource));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(unknown));
    }

    [Fact(Timeout = Patience)]
    public async Task A_group_holds_for_clients_without_sessions_too()
    {
        await using var gateway = await StartAsync(isModern: false, "files", "memory");
        gateway.DefineGroups(
            new GroupSpec(ServerName.Parse("work"), new("test.yaml", 1, 1))
            {
                Tools = new([], [new("memory__*")]),
                Renamed = ImmutableSortedDictionary<string, string>.Empty.Add("files__x", "look"),
            }
        );
        using var client = new ModernClient(gateway.Address, "g/work");

        var tools = await client.ResultAsync("tools/list");
        using var called = await client.CallToolAsync("look");
        using var denied = await client.CallToolAsync("memory__x");
        using var old = await client.CallToolAsync("files__x");

        Assert.Equal(["look"], Names(tools, "tools"));
        Assert.Equal("x", (await ModernClient.ResultAsync(called)).GetProperty("name").GetString());
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(denied));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(old));
    }
}
