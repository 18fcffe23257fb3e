using System.Net;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Duplex;
using Xunit;

namespace Gantry.Gateway.Replicas;

/// <summary>Sessions of one replica whose requests come to the other.</summary>
public sealed class SessionTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_session_is_served_by_whichever_replica_is_asked()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo").Script = call => call.Respond("""{"by":"one"}""");
        pair.Other.Ready("echo").Script = call => call.Respond("""{"by":"other"}""");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);

        var first = await here.CallAsync("1", "tools/call");
        var second = await there.CallAsync("\"two\"", "tools/call");
        using var told = await there.PostAsync(Client.Notification("notifications/initialized"));

        Assert.Equal("one", By(first));
        Assert.Equal("one", By(second));
        Assert.Equal("two", second.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Accepted, told.StatusCode);
        Assert.Empty(pair.Other.Sessions.All);
    }

    [Fact(Timeout = Patience)]
    public async Task Nothing_is_added_to_an_id_where_there_is_one_gateway_alone()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        Assert.Matches("^[A-Za-z0-9_-]{22}$", client.Session);
    }

    [Fact(Timeout = Patience)]
    public async Task A_question_and_its_answer_find_each_other_over_the_other_replica()
    {
        const string question =
            """{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}""";
        const string answer = """{"jsonrpc":"2.0","id":"q","result":{"role":"assistant"}}""";
        await using var pair = await Pair.StartAsync(Isolation.Session);
        Pair.ServeSessions(pair.One);
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        var own = pair.One.Runtime.Connections.Values.Single();
        own.Script = null;

        var answering = there.PostAsync(
            Client.Request("1", "tools/call", """{"_meta":{"progressToken":"p"}}""")
        );
        var call = await Pair.ToolCallAsync(own);
        call.Progress(1);
        using var events = new Events(await answering);
        var progress = await events.NextMessageAsync("notifications/progress");
        own.Say(question);
        var asked = await events.NextMessageAsync("sampling/createMessage");
        using var accepted = await there.PostAsync(answer);
        call.Respond("{}");

        Assert.Equal("p", progress.GetProperty("params").GetProperty("progressToken").GetString());
        Assert.Equal("q", asked.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal(answer, await own.Sent.ReadAsync(Cancelled));
        Assert.Equal(1, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
        Assert.Null(await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_stream_of_the_other_replica_brings_each_message_as_it_comes()
    {
        await using var pair = await Pair.StartAsync();
        var echo = pair.One.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);

        using var events = new Events(await there.GetAsync());
        foreach (var list in (string[])["tools", "prompts", "resources"])
        {
            var method = $"notifications/{list}/list_changed";
            echo.Say(Client.Notification(method));
            await events.NextMessageAsync(method);
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_leaves_a_stream_leaves_it_at_the_other_replica_too()
    {
        await using var pair = await Pair.StartAsync();
        var echo = pair.One.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        var session = pair.One.Sessions.All.Single(one => one.Id == here.Session);
        var events = new Events(await there.GetAsync());
        echo.Say(Client.Notification("notifications/tools/list_changed"));
        await events.NextMessageAsync();

        events.Dispose();

        while (session.Outbox.IsOpen)
        {
            await Task.Yield();
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_lost_stream_goes_on_over_the_other_replica()
    {
        await using var pair = await Pair.StartAsync();
        var echo = pair.One.Ready("echo");
        echo.Script = null;
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);
        var answering = here.PostAsync(
            Client.Request("1", "tools/call", """{"_meta":{"progressToken":"p"}}""")
        );
        var call = await Pair.ToolCallAsync(echo);
        call.Progress(1);
        var lost = new Events(await answering);
        await lost.NextMessageAsync("notifications/progress");
        lost.Dispose();

        using var resuming = there.NewRequest(HttpMethod.Get);
        resuming.Headers.Add("Last-Event-ID", lost.LastId);
        using var rest = new Events(await there.SendAsync(resuming));
        call.Respond("\"done\"");

        Assert.Equal("done", (await rest.NextMessageAsync()).GetProperty("result").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_is_ended_over_the_other_replica()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);

        using var ended = await there.DeleteAsync();
        using var here404 = await here.PostAsync(Client.Request("1", "tools/list"));
        using var there404 = await there.PostAsync(Client.Request("2", "tools/list"));

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, here404.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, there404.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task A_batch_goes_to_the_replica_that_has_its_session()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo").Script = call => call.Respond("""{"by":"one"}""");
        using var here = pair.One.NewClient();
        await here.InitializeAsync("2025-03-26");
        using var there = Pair.Moved(here, pair.Other);

        using var response = await there.PostAsync(
            $"[{Client.Request("1", "tools/list")},{Client.Request("2", "tools/call")}]"
        );
        var text = await response.Content.ReadAsStringAsync(Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, text.Split("\"by\":\"one\"").Length - 1);
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_sent_to_an_event_stream_of_the_other_replica_is_answered_there()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo").Script = call => call.Respond("""{"by":"one"}""");
        using var stream = await SseClient.OpenAsync(pair.One.Address, "/mcp/echo/sse");
        await stream.InitializeAsync();
        using var http = new HttpClient { BaseAddress = pair.Other.Address };

        using var body = new StringContent(
            Client.Request("7", "tools/call"),
            null,
            "application/json"
        );
        using var sent = await http.PostAsync($"/mcp/echo/{stream.Endpoint}", body, Cancelled);
        var answer = await stream.Events.NextMessageAsync();

        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        Assert.Equal(7, answer.GetProperty("id").GetInt32());
        Assert.Equal("one", By(answer));
    }

    [Fact(Timeout = Patience)]
    public async Task A_long_answer_comes_whole_from_the_other_replica()
    {
        await using var pair = await Pair.StartAsync();
        var text = new string('x', 3_000_000);
        pair.One.Ready("echo").Script = call => call.Respond($$"""{"by":"{{text}}"}""");
        using var here = await pair.One.NewSessionAsync();
        using var there = Pair.Moved(here, pair.Other);

        Assert.Equal(text, By(await there.CallAsync("1", "tools/call")));
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_of_all_servers_is_served_by_either()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo");
        using var here = new Client(new Uri(pair.One.Address, "/mcp"));
        using var there = new Client(new Uri(pair.Other.Address, "/mcp"));
        await here.InitializeAsync();
        there.Session = here.Session;

        var answer = await there.CallAsync("1", "ping");

        Assert.Equal("{}", answer.GetProperty("result").GetRawText());
    }

    [Fact(Timeout = Patience)]
    public async Task Many_sessions_at_a_time_each_get_their_own_answers()
    {
        await using var pair = await Pair.StartAsync();
        foreach (var gateway in (GatewayUnderTest[])[pair.One, pair.Other])
        {
            gateway.Ready("echo").Script = call =>
                call.Respond(
                    $$"""{"by":"{{Client.Parse(call.Text).GetProperty("params").GetProperty("name")}}"}"""
                );
        }

        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => UseBothAsync(pair, number)));
    }

    private static async Task UseBothAsync(Pair pair, int number)
    {
        var (home, away) = number % 2 == 0 ? (pair.One, pair.Other) : (pair.Other, pair.One);
        using var here = await home.NewSessionAsync();
        using var there = Pair.Moved(here, away);
        for (var call = 0; call < 10; call++)
        {
            var client = call % 3 == 0 ? here : there;
            var name = $"{number}-{call}";
            var answer = await client.CallAsync(
                $"{call}",
                "tools/call",
                $$"""{"name":"{{name}}"}"""
            );
            Assert.Equal(name, By(answer));
        }
    }

    private static string? By(JsonElement answer) =>
        answer.GetProperty("result").GetProperty("by").GetString();
}
