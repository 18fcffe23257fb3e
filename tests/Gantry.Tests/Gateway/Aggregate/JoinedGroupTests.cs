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
