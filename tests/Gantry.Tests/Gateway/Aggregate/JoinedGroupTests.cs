using System.Collections.Immutable;
using System.Net;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Aggregate;

public sealed class JoinedGroupTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task A_group_has_its_servers_and_tools_and_no_others()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read", "write");
        gateway.Serve("memory", "read");
        gateway.DefineGroups(Readers());
        using var client = await gateway.JoinAsync("g/readers");

        Assert.Equal("look", await client.ToolsAsync());
        Assert.Equal(
            "read",
            (await client.ResultAsync("tools/call", Joined.Tool("look")))
                .GetProperty("name")
                .GetString()
        );
        foreach (
            var name in (string[])["files__write", "Files__write", "files__read", "memory__read"]
        )
        {
            Assert.StartsWith(
                $"No server here has a tool '{name}'.",
                await client.RefusalAsync("tools/call", Joined.Tool(name)),
                StringComparison.Ordinal
            );
        }

        gateway.DefineGroups();
        using var gone = await client.PostAsync(Client.Request("1", "tools/list"));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_server_that_leaves_takes_no_session_along()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read");
        gateway.Serve("memory", "read");
        using var client = await gateway.JoinAsync();
        await client.ResultAsync("tools/call", Joined.Tool("memory__read"));

        gateway.Undefine("memory");

        Assert.Equal("files__read", await client.ToolsAsync());
        Assert.StartsWith(
            "No server here has a tool 'memory__read'.",
            await client.RefusalAsync("tools/call", Joined.Tool("memory__read")),
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task Prompts_and_resources_that_a_group_denies_are_neither_listed_nor_read()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "read");
        var files = gateway.Runtime.Connections.Values.Single();
        var lists = files.Script;
        files.Script = call =>
        {
            if (call.Method == "prompts/list")
            {
                call.Respond("""{"prompts":[{"name":"ask"},{"name":"tell"}]}""");
            }
            else
            {
                lists?.Invoke(call);
            }
        };
        files.Handshake = new(
            Wire.Dialect.NewestWithSessions,
            """{"capabilities":{"tools":{},"prompts":{},"resources":{}}}"""u8.ToArray()
        );
        gateway.DefineGroups(
            new GroupSpec(ServerName.Parse("public"), new("x", 1, 1))
            {
                Prompts = new([], [new("files__TELL")]),
                Resources = new([new("files+file:///a*")], [new("*secret*")]),
            }
        );
        using var client = await gateway.JoinAsync("g/public");

        var prompts = await client.ResultAsync("prompts/list");
        var resources = await client.ResultAsync("resources/list");
        var templates = await client.ResultAsync("resources/templates/list");
        var read = await client.ResultAsync("resources/read", """{"uri":"files+file:///ab"}""");

        Assert.Equal("""[{"name":"files__ask"}]""", prompts.GetProperty("prompts").GetRawText());
        Assert.Equal(1, resources.GetProperty("resources").GetArrayLength());
        Assert.Equal(0, templates.GetProperty("resourceTemplates").GetArrayLength());
        Assert.Equal("files+file:///ab", read.GetProperty("uri").GetString());
        Assert.StartsWith(
            "No server here has a prompt 'files__tell'.",
            await client.RefusalAsync("prompts/get", """{"name":"files__tell"}"""),
            StringComparison.Ordinal
        );
        foreach (
            var uri in (string[])
                [
                    "files+file:///b",
                    "files+file:///a/../b",
                    "files+file:///a/%2e%2e/b",
                    "files+file:///a-SECRET",
                    "files+file:///a-s%65cret",
                    "https://example.com/a",
                ]
        )
        {
            Assert.StartsWith(
                "No server here has the resource",
                await client.RefusalAsync("resources/read", $$"""{"uri":"{{uri}}"}"""),
                StringComparison.Ordinal
            );
        }
    }

    private static GroupSpec Readers() =>
        new(ServerName.Parse("readers"), new("x", 1, 1))
        {
            Servers = [ServerName.Parse("files")],
            Tools = new([], [new("*__write")]),
            Renamed = GroupSpecOf("files__read", "look"),
        };

    private static ImmutableSortedDictionary<string, string> GroupSpecOf(
        string tool,
        string name
    ) => ImmutableSortedDictionary<string, string>.Empty.Add(tool, name);
}
