using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Planning;
using Xunit;
using static Gantry.Gateway.Modern.Several;

namespace Gantry.Gateway.Modern;

/// <summary>What servers say to clients without sessions, and own instances among several.</summary>
public sealed class SeveralStreamsTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = Patience)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_stream_tells_of_changes_of_all_servers(bool isModern)
    {
        await using var gateway = await GatewayUnderTest.StartAsync(Joined.Prompt);
        Add(gateway, isModern, "files", "memory");
        using var client = new ModernClient(gateway.Address, "");
        await client.ResultAsync("tools/list");
        var files = Instance(gateway, "files");

        using var events = new Events(
            await client.AskAsync(
                "subscriptions/listen",
                """
                "notifications":{"toolsListChanged":true,"resourceSubscriptions":["files+file:///a","nobody+file:///a"]},
                """
            )
        );
        var acknowledged = await events.NextMessageAsync(
            "notifications/subscriptions/acknowledged"
        );
        ScriptedCall? stream = null;
        if (isModern)
        {
            stream = await ListenedAsync(files, "file:///a");
            stream.Tell(
                """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}"""
            );
        }
        else
        {
            await files.NextAsync("resources/subscribe");
            files.Say(
                """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}"""
            );
        }

        var updated = await events.NextMessageAsync("notifications/resources/updated");
        const string Changed = """{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""";
        if (stream is not null)
        {
            stream.Tell(Changed);
        }
        else
        {
            files.Say(Changed);
        }

        var changed = await events.NextMessageAsync("notifications/tools/list_changed");

        Assert.Equal(
            ["files+file:///a"],
            acknowledged
                .GetProperty("params")
                .GetProperty("notifications")
                .GetProperty("resourceSubscriptions")
                .EnumerateArray()
                .Select(uri => uri.GetString())
        );
        Assert.Equal(
            "files+file:///a",
            updated.GetProperty("params").GetProperty("uri").GetString()
        );
        Assert.Equal(1, SubscriptionOf(updated));
        Assert.Equal(1, SubscriptionOf(changed));
    }

    [Fact(Timeout = Patience)]
    public async Task A_question_of_an_own_instance_ends_the_request_and_its_answer_goes_on()
    {
        await using var gateway = await StartOwnAsync("one", "two");
        using var client = new ModernClient(gateway.Address, "")
        {
            Capabilities = """{"sampling":{}}""",
        };

        var asking = client.CallToolAsync("two__x");
        var own = await OwnAsync(gateway, "two");
        var call = await own.NextAsync("tools/call");
        own.Say(
            """{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"resource_link","uri":"file:///a"}}]}}"""
        );
        await gateway.Clock.SleeperWithinAsync(Limits.GatherTime, Cancelled);
        gateway.Clock.Advance(Limits.GatherTime);
        using var asked = await asking;
        var result = await ModernClient.ResultAsync(asked);
        var state = result.GetProperty("requestState").GetString();
        var question = result.GetProperty("inputRequests").GetProperty("sampling/createMessage#1");
        var going = client.CallToolAsync(
            "two__x",
            $$$"""
            "requestState":"{{{state}}}","inputResponses":{"sampling/createMessage#1":{"role":"assistant"}},
            """
        );
        var answer = await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[{"type":"resource_link","uri":"file:///b"}]}""");
        using var gone = await going;
        using var again = await client.CallToolAsync("one__x", $"\"requestState\":\"{state}\",");

        Assert.Equal("input_required", result.GetProperty("resultType").GetString());
        Assert.Contains("\"two+file:///a\"", question.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("""{"jsonrpc":"2.0","id":7,"result":{"role":"assistant"}}""", answer);
        Assert.Equal(
            "two+file:///b",
            (await ModernClient.ResultAsync(gone))
                .GetProperty("content")[0]
                .GetProperty("uri")
                .GetString()
        );
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(again));
    }

    [Fact(Timeout = Patience)]
    public async Task Own_instances_are_lent_for_calls_and_lists_and_kept_for_the_next()
    {
        await using var gateway = await StartOwnAsync("one", "two");
        gateway.Runtime.Made = connection => connection.Lists("x");
        using var client = new ModernClient(gateway.Address, "");

        using var called = await client.CallToolAsync("one__x");
        Assert.Equal(["one"], Servers(gateway));
        var resources = await client.ResultAsync("resources/list");
        using var again = await client.CallToolAsync("two__x");

        Assert.Equal("x", (await ModernClient.ResultAsync(called)).GetProperty("name").GetString());
        Assert.Equal(3, resources.GetProperty("resources").GetArrayLength());
        Assert.Equal("x", (await ModernClient.ResultAsync(again)).GetProperty("name").GetString());
        Assert.Equal(2, gateway.Runtime.Connections.Count);
    }

    [Fact(Timeout = Patience)]
    public async Task What_an_own_instance_does_not_know_is_missing_and_its_lease_is_given_back()
    {
        await using var gateway = await StartAsync(isModern: false, "files");
        gateway.Define("own", Isolation.Session);
        gateway.Trouble("own", new(TroubleKind.Paused, "The operator stopped it."));
        using var client = new ModernClient(gateway.Address, "");

        var tools = await client.ResultAsync("tools/list");
        using var call = await client.CallToolAsync("own__x");

        Assert.Equal(["files__x"], Names(tools, "tools"));
        Assert.Contains("own", tools.GetProperty("_meta").GetRawText(), StringComparison.Ordinal);
        Assert.Equal((200, -32603), await ModernClient.ErrorAsync(call));
        Assert.Empty(gateway.Demand("own").Sessions);
    }

    [Fact(Timeout = Patience)]
    public async Task Tasks_of_a_server_without_sessions_are_found_by_ids_that_say_whose_they_are()
    {
        await using var gateway = await StartAsync(isModern: true, "one", "two");
        var two = Instance(gateway, "two");
        two.Script = call =>
            call.Respond(
                call.Method switch
                {
                    "tools/call" =>
                        """{"resultType":"task","taskId":"t","status":"working","ttlMs":1}""",
                    _ =>
                        """{"resultType":"complete","taskId":"t","status":"completed","result":{"content":[{"type":"resource_link","uri":"file:///a"}]}}""",
                }
            );
        using var client = new ModernClient(gateway.Address, "");

        using var made = await client.CallToolAsync("two__x");
        var task = await ModernClient.ResultAsync(made);
        var got = await client.ResultAsync("tasks/get", "\"taskId\":\"two:t\",", "two:t");

        Assert.Equal("task", task.GetProperty("resultType").GetString());
        Assert.Equal("two:t", task.GetProperty("taskId").GetString());
        Assert.Equal("two:t", got.GetProperty("taskId").GetString());
        Assert.Contains("\"two+file:///a\"", got.GetRawText(), StringComparison.Ordinal);
        var asked = await two.NextAsync("tasks/get");
        Assert.Contains("\"taskId\":\"t\"", asked.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Patience)]
    public async Task A_tool_that_begins_to_ask_for_a_header_gets_it_after_its_list_changed()
    {
        await using var gateway = await StartAsync(isModern: false, "one");
        var one = Instance(gateway, "one");
        using var client = new ModernClient(gateway.Address, "");
        using var before = await client.CallToolAsync("one__x", "\"arguments\":{\"r\":\"eu\"},");
        await ModernClient.ResultAsync(before);

        var answer = one.Script;
        one.Script = call =>
        {
            if (call.Method == "tools/list")
            {
                call.Respond(
                    """{"tools":[{"name":"x","inputSchema":{"properties":{"r":{"x-mcp-header":"Region"}}}}]}"""
                );
            }
            else
            {
                answer?.Invoke(call);
            }
        };
        one.CallsOf("tools/list");
        one.Say(Client.Notification("notifications/tools/list_changed"));
        await one.HeardAsync();
        using var without = await client.CallToolAsync("one__x", "\"arguments\":{\"r\":\"eu\"},");
        using var with = await client.PostAsync(
            client.Request("tools/call", "\"name\":\"one__x\",\"arguments\":{\"r\":\"eu\"},"),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "one__x"),
            ("Mcp-Param-Region", "eu")
        );

        Assert.Equal((400, -32020), await ModernClient.ErrorAsync(without));
        await ModernClient.ResultAsync(with);
    }

    [Fact(Timeout = Patience)]
    public async Task Progress_and_log_messages_come_on_the_calls_own_stream()
    {
        await using var gateway = await StartAsync(isModern: true, "one");
        var one = Instance(gateway, "one");
        one.Script = call =>
        {
            if (call.Method == "tools/list")
            {
                call.Respond("{}");
            }
        };
        using var client = new ModernClient(gateway.Address, "")
        {
            MoreMeta = """
                ,"progressToken":"p","io.modelcontextprotocol/logLevel":"info"
                """,
        };

        var calling = client.CallToolAsync("one__x");
        var call = await one.NextAsync("tools/call");
        call.Progress(1);
        call.Tell(
            """{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","data":"hot"}}"""
        );
        using var events = new Events(await calling);
        var progress = await events.NextMessageAsync("notifications/progress");
        var message = await events.NextMessageAsync("notifications/message");
        call.Respond("""{"content":[],"resultType":"complete"}""");
        var answer = await events.NextMessageAsync();

        Assert.Equal("p", progress.GetProperty("params").GetProperty("progressToken").GetString());
        Assert.Equal("hot", message.GetProperty("params").GetProperty("data").GetString());
        Assert.True(answer.TryGetProperty("result", out _));
    }
}
