using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Xunit;

namespace Gantry.Gateway.Modern;

/// <summary>Completions, budgets and memory for clients without sessions at several servers.</summary>
public sealed class SeveralFlowTests
{
    private const int Patience = 30_000;

    private static readonly string s_long = new('x', 9_000);

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Completions_go_to_the_server_of_what_they_refer_to(bool isModern)
    {
        await using var gateway = await Several.StartAsync(isModern, "files", "other");
        using var client = new ModernClient(gateway.Address, "");

        var prompt = await client.ResultAsync(
            "completion/complete",
            """
            "ref":{"type":"ref/prompt","name":"files__ask"},"argument":{"name":"n","value":"v"},
            """
        );
        var resource = await client.ResultAsync(
            "completion/complete",
            """
            "ref":{"type":"ref/resource","uri":"files+test://{id}"},"argument":{},
            """
        );
        using var nobodys = await client.AskAsync(
            "completion/complete",
            """
            "ref":{"type":"ref/prompt","name":"nobody__ask"},"argument":{},
            """
        );

        Assert.Equal("ask", prompt.GetProperty("ref").GetProperty("name").GetString());
        Assert.Equal("v", prompt.GetProperty("argument").GetProperty("value").GetString());
        Assert.Equal("test://{id}", resource.GetProperty("ref").GetProperty("uri").GetString());
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(nobodys));
    }

    [Theory(Timeout = Patience)]
    [InlineData(Isolation.Shared, false)]
    [InlineData(Isolation.Shared, true)]
    [InlineData(Isolation.Session, false)]
    public async Task A_large_result_is_read_on_by_argument_and_by_uri(
        Isolation isolation,
        bool isModern
    )
    {
        await using var gateway = await StartWithBudgetAsync(isolation, isModern);
        using var client = new ModernClient(gateway.Address, "");
        using var stranger = new ModernClient(gateway.Address, "g/others");

        using var called = await client.CallToolAsync("files__t");
        var first = await ModernClient.ResultAsync(called);
        var mapped = first.GetProperty("content")[2].GetProperty("uri").GetString() ?? "";
        var plain = mapped[(mapped.IndexOf('+', StringComparison.Ordinal) + 1)..];
        var argument = plain["gantry://result/".Length..].Replace("?page=", "/");
        using var further = await client.CallToolAsync(
            "files__t",
            $$$"""
            "arguments":{"gantry_continue":"{{{argument}}}"},
            """
        );
        var next = await ModernClient.ResultAsync(further);
        var read = await client.ResultAsync("resources/read", $"\"uri\":\"{mapped}\",", mapped);
        using var foreign = await stranger.PostAsync(
            stranger.Request("resources/read", $"\"uri\":\"{mapped}\","),
            ("Mcp-Method", "resources/read"),
            ("Mcp-Name", mapped)
        );

        Assert.StartsWith("files+gantry://result/", mapped, StringComparison.Ordinal);
        Assert.StartsWith("xxx", next.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.StartsWith("xxx", read.GetProperty("contents")[0].GetProperty("text").GetString());
        Assert.Equal("complete", next.GetProperty("resultType").GetString());
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(foreign));
        Assert.Equal(1, Several.Instance(gateway, "files").CallsOf("tools/call"));
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_public_is_given_again_in_the_clients_words_until_it_changes()
    {
        await using var gateway = await StartWithMemoryAsync("public");
        var files = Several.Instance(gateway, "files");
        using var client = new ModernClient(gateway.Address, "");

        var first = await ReadAsync(client);
        gateway.Clock.Advance(TimeSpan.FromSeconds(20));
        var again = await ReadAsync(client);
        Assert.Equal(1, files.CallsOf("resources/read"));
        files.Say(
            Client.Notification("notifications/resources/updated", """{"uri":"file:///a"}""")
        );
        await files.HeardAsync();
        await ReadAsync(client);

        Assert.Equal(1, files.CallsOf("resources/read"));
        Assert.Equal(60_000, first.GetProperty("ttlMs").GetInt32());
        Assert.Equal(40_000, again.GetProperty("ttlMs").GetInt32());
        Assert.Equal(
            "files+file:///a",
            again.GetProperty("contents")[0].GetProperty("uri").GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_private_is_given_to_nobody_of_whom_nobody_knows_who_it_is()
    {
        await using var gateway = await StartWithMemoryAsync("private");
        using var client = new ModernClient(gateway.Address, "");

        await ReadAsync(client);
        await ReadAsync(client);

        Assert.Equal(2, Several.Instance(gateway, "files").CallsOf("resources/read"));
    }

    private static async Task<GatewayUnderTest> StartWithBudgetAsync(
        Isolation isolation,
        bool isModern
    )
    {
        var gateway = await Several.StartOwnAsync();
        var policy = new ResultPolicy { MaxSize = 2_048, OnExcess = Excess.Continue };
        gateway.Define("files", isolation, flow: new() { Results = policy });
        gateway.Define("other");
        gateway.DefineGroups(
            new GroupSpec(ServerName.Parse("others"), new("test.yaml", 1, 1))
            {
                Servers = [ServerName.Parse("other")],
            }
        );
        gateway.Runtime.Made = connection =>
            connection.Script = call =>
                call.Respond(
                    call.Method is "tools/call"
                        ? $$"""{"resultType":"complete","content":[{"type":"text","text":"{{s_long}}"}]}"""
                        : """{"tools":[{"name":"t"}]}"""
                );
        gateway.Ready("other");
        if (isolation is Isolation.Shared)
        {
            _ = isModern ? gateway.ReadyModern("files") : gateway.Ready("files");
        }

        return gateway;
    }

    private static async Task<GatewayUnderTest> StartWithMemoryAsync(string scope)
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Runtime.Made = connection =>
            connection.Script = call =>
            {
                if (call.Method == "subscriptions/listen")
                {
                    call.Tell(Client.Notification("notifications/subscriptions/acknowledged"));
                    return;
                }

                call.Respond(
                    $$"""{"resultType":"complete","contents":[{"uri":"file:///a","text":"a"}],"ttlMs":60000,"cacheScope":"{{scope}}"}"""
                );
            };
        gateway.Define("files", flow: new() { Cache = new() });
        gateway.ReadyModern("files");
        return gateway;
    }

    private static Task<JsonElement> ReadAsync(ModernClient client) =>
        client.ResultAsync("resources/read", "\"uri\":\"files+file:///a\",", "files+file:///a");
}
