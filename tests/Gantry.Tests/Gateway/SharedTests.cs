using System.Net;
using System.Text.Json;
using Gantry.Config;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway;

public sealed class SharedTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Two_clients_with_equal_ids_and_tokens_never_mix()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();

        var toAnn = ann.PostAsync(Call("ann"));
        var anns = await echo.Calls.Reader.ReadAsync(Cancelled);
        var toBob = bob.PostAsync(Call("bob"));
        var bobs = await echo.Calls.Reader.ReadAsync(Cancelled);
        bobs.Progress(2);
        bobs.Respond("""{"for":"bob"}""");
        anns.Progress(1);
        anns.Respond("""{"for":"ann"}""");

        Assert.NotEqual(anns.Id, bobs.Id);
        Assert.Equal((1, 1, "ann"), await ReadAsync(await toAnn));
        Assert.Equal((2, 1, "bob"), await ReadAsync(await toBob));

        static string Call(string name) =>
            Client.Request(
                "1",
                "tools/call",
                $$$"""{"name":"{{{name}}}","_meta":{"progressToken":1}}"""
            );

        static async Task<(int, int, string?)> ReadAsync(HttpResponseMessage response)
        {
            using var events = new Events(response);
            var progress = (await events.NextMessageAsync()).GetProperty("params");
            var answer = await events.NextMessageAsync();
            return (
                progress.GetProperty("progress").GetInt32(),
                progress.GetProperty("progressToken").GetInt32(),
                answer.GetProperty("result").GetProperty("for").GetString()
            );
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_can_cancel_its_own_call_and_no_other()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();
        var cancel = Client.Notification("notifications/cancelled", """{"requestId":1}""");

        var toAnn = ann.PostAsync(Client.Request("1", "tools/call"));
        var anns = await echo.Calls.Reader.ReadAsync(Cancelled);
        using var bobsCancel = await bob.PostAsync(cancel);
        Assert.False(anns.Cancelled.IsCompleted);
        using var annsCancel = await ann.PostAsync(cancel);

        Assert.Equal(cancel, await anns.Cancelled);
        using var response = await toAnn;
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(0, echo.Gate.CallsInside);
    }

    [Fact(Timeout = Patience)]
    public async Task Gantry_answers_what_would_touch_all_clients()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        var ping = await client.CallAsync("1", "ping");
        var level = await client.CallAsync("2", "logging/setLevel", """{"level":"debug"}""");
        var escaped = await client.CallAsync("3", "logging\\u002fsetLevel", """{"level":"info"}""");
        var nonsense = await client.CallAsync("4", "logging/setLevel", """{"level":"loud"}""");
        var tasks = await client.CallAsync("5", "tasks/list");

        Assert.All([ping, level, escaped], answer => answer.GetProperty("result"));
        Assert.Equal(-32602, Code(nonsense));
        Assert.Equal(-32601, Code(tasks));
        Assert.False(echo.Calls.Reader.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task What_a_client_says_of_itself_stays_with_Gantry()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        foreach (var method in new[] { "initialized", "roots/list_changed", "progress", "custom" })
        {
            using var response = await client.PostAsync(
                Client.Notification($"notifications/{method}")
            );
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        Assert.Contains("custom", await echo.Sent.ReadAsync(Cancelled));
    }

    [Fact(Timeout = Patience)]
    public async Task A_changed_list_is_told_to_every_client_and_a_log_message_to_none()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();
        using var anns = new Events(await ann.GetAsync());

        echo.Say(
            """{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hush"}}"""
        );
        echo.Say("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");

        Assert.Contains("tools/list_changed", await anns.NextAsync());
        using var bobs = new Events(await bob.GetAsync());
        Assert.Contains("tools/list_changed", await bobs.NextAsync());
        var line = Assert.Single(gateway.Logs.Of(Gantry.Config.ServerName.Parse("echo")).Latest(9));
        Assert.Equal("info: \"hush\"", line.Text);
    }

    [Fact(Timeout = Patience)]
    public async Task A_log_message_of_any_depth_does_not_end_the_listening()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var events = new Events(await client.GetAsync());
        var deep = new string('[', 200) + new string(']', 200);

        echo.Say(Client.Notification("notifications/message", $$"""{"data":{{deep}}}"""));
        echo.Say("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");

        Assert.Contains("tools/list_changed", await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_shared_server_that_asks_is_told_that_nobody_can_answer()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;

        echo.Say("""{"jsonrpc":"2.0","id":"q1","method":"sampling/createMessage"}""");
        echo.Say("""{"jsonrpc":"2.0","id":2,"method":"ping"}""");

        var refusal = Client.Parse(await echo.Sent.ReadAsync(Cancelled));
        Assert.Equal("q1", refusal.GetProperty("id").GetString());
        Assert.Equal(-32601, Code(refusal));
        Assert.Equal(
            """{"jsonrpc":"2.0","id":2,"result":{}}""",
            await echo.Sent.ReadAsync(Cancelled)
        );
    }

    [Fact(Timeout = Patience)]
    public async Task Updates_reach_those_who_subscribed()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();
        using var anns = new Events(await ann.GetAsync());
        using var bobs = new Events(await bob.GetAsync());
        await ann.CallAsync("1", "resources/subscribe", """{"uri":"a:1"}""");
        await bob.CallAsync("1", "resources/subscribe", """{"uri":"a:2"}""");

        echo.Say(Updated("a:1"));
        echo.Say(Updated("a:2/part"));

        Assert.Contains("a:1", await anns.NextAsync());
        Assert.Contains("a:2/part", await bobs.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_subscription_lasts_until_the_last_client_ends_it()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();
        const string uri = """{"uri":"a:1"}""";
        await ann.CallAsync("1", "resources/subscribe", uri);
        await bob.CallAsync("1", "resources/subscribe", uri);
        await ann.CallAsync("2", "resources/unsubscribe", uri);
        await bob.CallAsync("2", "resources/unsubscribe", uri);

        echo.Calls.Writer.Complete();
        var methods = new List<string>();
        await foreach (var call in echo.Calls.Reader.ReadAllAsync(Cancelled))
        {
            methods.Add(call.Method);
        }

        Assert.Equal(
            ["resources/subscribe", "resources/subscribe", "resources/unsubscribe"],
            methods
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_refused_subscription_is_forgotten()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call => call.Refuse("no such resource");
        using var client = await gateway.NewSessionAsync();

        await client.CallAsync("1", "resources/subscribe", """{"uri":"a:1"}""");

        Assert.Empty(
            Assert
                .Single(gateway.Sessions.SeatsAt(ServerName.Parse("echo"), owner: null))
                .Subscriptions.Uris
        );
    }

    [Fact(Timeout = Patience)]
    public async Task A_new_instance_is_subscribed_anew_and_clients_list_anew()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        await client.CallAsync("1", "resources/subscribe", """{"uri":"a:1"}""");
        using var events = new Events(await client.GetAsync());

        gateway.Crash("echo", echo, "echo-1 crashed");
        var next = gateway.Ready("echo");

        var call = await next.Calls.Reader.ReadAsync(Cancelled);
        Assert.Equal("resources/subscribe", call.Method);
        Assert.Contains("a:1", call.Text);
        Assert.Contains("tools/list_changed", await events.NextAsync());
        Assert.Contains("resources/list_changed", await events.NextAsync());
        next.Say(Updated("a:1"));
        Assert.Contains("a:1", await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task An_abandoned_call_goes_on_and_its_answer_is_dropped()
    {
        var limits = new GatewayLimits { KeepAlive = TimeSpan.FromSeconds(15) };
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync(limits);
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        using var gone = new CancellationTokenSource();
        using (var http = new HttpClient())
        using (var request = client.NewRequest(HttpMethod.Post, Client.Request("1", "tools/call")))
        {
            var answer = http.SendAsync(request, gone.Token);
            var call = await echo.Calls.Reader.ReadAsync(Cancelled);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
            Assert.Equal(1, echo.Gate.CallsInside);
            Assert.False(call.Cancelled.IsCompleted);
            call.Progress(1);
            call.Respond("{}");
        }

        Assert.Equal(0, echo.Gate.CallsInside);
        echo.Script = call => call.Respond("{}");
        Assert.Equal(2, (await client.CallAsync("2", "tools/call")).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task Many_clients_at_once_each_get_their_own_answers()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call =>
            ThreadPool.UnsafeQueueUserWorkItem(static call => Echo(call), call, preferLocal: false);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(CallOftenAsync));
        Assert.Equal(0, echo.Gate.CallsInside);

        static void Echo(ScriptedCall call) =>
            call.Respond(Client.Parse(call.Text).GetProperty("params").GetRawText());

        async Task CallOftenAsync(int number)
        {
            using var client = await gateway.NewSessionAsync();
            for (var i = 0; i < 50; i++)
            {
                var answer = await client.CallAsync($"{i}", "tools/call", $$"""{"n":{{number}}}""");
                Assert.Equal(i, answer.GetProperty("id").GetInt32());
                Assert.Equal(number, answer.GetProperty("result").GetProperty("n").GetInt32());
            }
        }
    }

    private static int Code(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("code").GetInt32();

    private static string Updated(string uri) =>
        $$$"""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"{{{uri}}}"}}""";
}
