using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Aggregate;

/// <summary>Servers of which each session has its own instance, among others.</summary>
public sealed class OwnAmongOthersTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task An_own_instance_starts_with_the_first_call_to_its_server()
    {
        await using var gateway = await StartAsync("one", "two");
        using var client = await gateway.JoinAsync();
        Assert.Empty(gateway.Runtime.Connections);

        await client.ResultAsync("tools/call", Joined.Tool("one__x"));

        Assert.Equal(["one"], Servers(gateway));
        Assert.Single(gateway.Demand("one").Sessions);
        Assert.Empty(gateway.Demand("two").Sessions);
        using var ended = await client.DeleteAsync();
        Assert.Empty(gateway.Demand("one").Sessions);
    }

    [Fact(Timeout = Patience)]
    public async Task What_one_session_learned_describes_the_server_to_the_next_but_for_resources()
    {
        await using var gateway = await StartAsync("one");
        using var ann = await gateway.JoinAsync();
        Assert.Equal("one__x", await ann.ToolsAsync());
        Assert.Single(gateway.Runtime.Connections);
        using var bob = await gateway.JoinAsync();

        Assert.Equal("one__x", await bob.ToolsAsync());
        Assert.Single(gateway.Runtime.Connections);
        await bob.ResultAsync("resources/list");
        Assert.Equal(2, gateway.Runtime.Connections.Count);
    }

    [Fact(Timeout = Patience)]
    public async Task Questions_of_two_servers_with_one_id_are_kept_apart()
    {
        await using var gateway = await StartAsync("one", "two");
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());
        await client.ResultAsync("tools/call", Joined.Tool("one__x"));
        await client.ResultAsync("tools/call", Joined.Tool("two__x"));
        const string Question =
            """{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"_meta":{"progressToken":7}}}""";

        Instance(gateway, "one").Say(Question);
        var first = (await stream.NextMessageAsync("sampling/createMessage"))
            .GetProperty("id")
            .GetRawText();
        Instance(gateway, "two").Say(Question);
        var second = await stream.NextMessageAsync("sampling/createMessage");
        var id = second.GetProperty("id").GetRawText();

        Assert.NotEqual(first, id);
        var token = second.GetProperty("params").GetProperty("_meta").GetProperty("progressToken");
        Assert.Equal(id, token.GetRawText());
        using var progress = await client.PostAsync(
            Client.Notification(
                "notifications/progress",
                $$"""{"progressToken":{{id}},"progress":1}"""
            )
        );
        using var answered = await client.PostAsync(
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"role":"assistant"}}"""
        );
        using var other = await client.PostAsync(
            $$$"""{"jsonrpc":"2.0","id":{{{first}}},"error":{"code":-1,"message":"no"}}"""
        );

        Assert.Equal(
            """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}""",
            await Instance(gateway, "two").Sent.ReadAsync(Cancelled)
        );
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"role":"assistant"}}""",
            await Instance(gateway, "two").Sent.ReadAsync(Cancelled)
        );
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}""",
            await Instance(gateway, "one").Sent.ReadAsync(Cancelled)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_question_that_is_withdrawn_is_withdrawn_under_the_id_that_the_client_knows()
    {
        await using var gateway = await StartAsync("one");
        using var client = await gateway.JoinAsync();
        using var stream = new Events(await client.GetAsync());
        await client.ResultAsync("tools/call", Joined.Tool("one__x"));
        var own = Instance(gateway, "one");

        own.Say("""{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}""");
        own.Say(
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"""
        );

        var question = await stream.NextMessageAsync("elicitation/create");
        var told = await stream.NextMessageAsync("notifications/cancelled");
        Assert.Equal(
            question.GetProperty("id").GetString(),
            told.GetProperty("params").GetProperty("requestId").GetString()
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Roots_and_log_levels_reach_all_own_instances_also_those_that_come_later()
    {
        await using var gateway = await StartAsync("one", "two");
        using var client = await gateway.JoinAsync();
        await client.ResultAsync("tools/call", Joined.Tool("one__x"));

        await client.ResultAsync("logging/setLevel", """{"level":"warning"}""");
        using var roots = await client.PostAsync(
            Client.Notification("notifications/roots/list_changed")
        );
        await client.ResultAsync("tools/call", Joined.Tool("two__x"));

        foreach (var server in (string[])["one", "two"])
        {
            var told = await Instance(gateway, server).NextAsync("logging/setLevel");
            Assert.Contains("\"warning\"", told.Text, StringComparison.Ordinal);
        }

        Assert.Contains(
            "roots/list_changed",
            await Instance(gateway, "one").Sent.ReadAsync(Cancelled),
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Tasks_are_found_again_by_ids_that_say_whose_they_are()
    {
        await using var gateway = await StartAsync("one", "two");
        using var client = await gateway.JoinAsync();
        await client.ResultAsync("tools/call", Joined.Tool("one__x"));
        var own = Instance(gateway, "one");
        own.Script = call =>
            call.Respond(
                call.Method switch
                {
                    "tools/call" => """{"task":{"taskId":"t:1","status":"working"}}""",
                    "tasks/list" => call.Text.Contains("next", StringComparison.Ordinal)
                        ? """{"tasks":[{"taskId":"t:2"}]}"""
                        : """{"tasks":[{"taskId":"t:1"}],"nextCursor":"next"}""",
                    "tasks/get" => """{"taskId":"t:1","status":"working"}""",
                    _ => "{}",
                }
            );

        var made = await client.ResultAsync("tools/call", """{"name":"one__x","task":{}}""");
        var got = await client.ResultAsync("tasks/get", """{"taskId":"one:t:1"}""");
        var all = await client.ResultAsync("tasks/list");

        Assert.Equal("one:t:1", made.GetProperty("task").GetProperty("taskId").GetString());
        Assert.Equal("one:t:1", got.GetProperty("taskId").GetString());
        Assert.Equal("""{"tasks":[{"taskId":"one:t:1"},{"taskId":"one:t:2"}]}""", all.GetRawText());
        Assert.Contains(
            "\"t:1\"",
            (await own.NextAsync("tasks/get")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            "No server here has that task.",
            await client.RefusalAsync("tasks/get", """{"taskId":"x"}""")
        );
    }

    /// <summary>Servers with one tool, <c>x</c>, that start an instance whenever a session wants
    /// one.</summary>
    private static async Task<GatewayUnderTest> StartAsync(params string[] servers)
    {
        var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        foreach (var server in servers)
        {
            gateway.Define(server, Isolation.Session);
        }

        gateway.Wanted = name =>
        {
            foreach (var session in gateway.Demand(name.ToString()).Sessions)
            {
                gateway.ReadyOnce(name.ToString(), session);
            }
        };
        gateway.Runtime.Made = connection => connection.Lists("x");
        return gateway;
    }

    private static ScriptedConnection Instance(GatewayUnderTest gateway, string server) =>
        gateway.Runtime.Connections.Values.First(one =>
            one.Instance.Value.StartsWith(server + "-", StringComparison.Ordinal)
        );

    private static IEnumerable<string> Servers(GatewayUnderTest gateway) =>
        gateway
            .Runtime.Connections.Keys.Select(instance => instance.Value.Split('-')[0])
            .Distinct();
}
