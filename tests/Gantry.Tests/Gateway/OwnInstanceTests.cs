using System.Net;
using System.Text;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway;

public sealed class OwnInstanceTests
{
    private const int Patience = 30_000;
    private const string Question =
        """{"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"_meta":{"progressToken":5}}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Each_session_gets_an_instance_that_knows_its_client()
    {
        await using var gateway = await StartAsync();
        using var ann = await gateway.NewSessionAsync();
        using var bob = await gateway.NewSessionAsync();

        var keys = gateway.Sessions.All.Select(session => session.Key).ToList();

        Assert.Equal(2, gateway.Runtime.Connections.Count);
        Assert.Equal(keys.Order(), gateway.Demand("echo").Sessions.Order());
        Assert.All(keys, key => Assert.Matches("^[a-z0-9]{12}$", key));
        var said = gateway.Handshakes.Find(keys[0]);
        Assert.Contains("sampling", Encoding.UTF8.GetString(said.GetValueOrDefault().Span));
        using var ended = await ann.DeleteAsync();
        Assert.Single(gateway.Demand("echo").Sessions);
    }

    [Fact(Timeout = Patience)]
    public async Task A_question_during_the_only_call_goes_out_on_its_stream_and_comes_back()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();
        var own = gateway.Runtime.Connections.Values.Single();
        own.Script = null;

        var answering = client.PostAsync(Client.Request("1", "tools/call"));
        var call = await own.Calls.Reader.ReadAsync(Cancelled);
        own.Say(Question);
        using var events = new Events(await answering);
        Assert.Equal(Question, await events.NextAsync());
        const string answer = """{"jsonrpc":"2.0","id":0,"result":{"role":"assistant"}}""";
        using var accepted = await client.PostAsync(answer);
        using var twice = await client.PostAsync(answer);
        using var unasked = await client.PostAsync("""{"jsonrpc":"2.0","id":9,"result":{}}""");
        call.Respond("{}");

        Assert.Equal(answer, await own.Sent.ReadAsync(Cancelled));
        Assert.Equal(1, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
        Assert.False(own.Sent.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task What_the_server_says_before_its_response_arrives_before_it()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();
        var own = gateway.Runtime.Connections.Values.Single();
        own.Script = call =>
        {
            own.Say("""{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1}}""");
            call.Respond("{}");
        };
        for (var round = 0; round < 50; round++)
        {
            using var events = new Events(await client.PostAsync(Client.Request("1", "x")));
            Assert.Contains("notifications/message", await events.NextAsync());
            Assert.Contains("result", await events.NextAsync());
        }
    }

    [Fact(Timeout = Patience)]
    public async Task Without_a_call_questions_wait_for_the_clients_stream()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();
        gateway.Runtime.Connections.Values.Single().Say(Question);

        using var events = new Events(await client.GetAsync());

        Assert.Equal(Question, await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_opens_no_stream_is_asked_during_its_next_call()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();
        gateway.Runtime.Connections.Values.Single().Say(Question);
        while (!Assert.Single(gateway.Sessions.All).Outbox.Messages.TryPeek(out var _))
        {
            await Task.Yield();
        }

        using var events = new Events(await client.PostAsync(Client.Request("1", "tools/call")));

        var seen = new[] { await events.NextAsync(), await events.NextAsync() };
        Assert.Contains(Question, seen);
        Assert.Null(await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_dead_instance_is_followed_by_another_for_the_same_session()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();
        await client.CallAsync("1", "resources/subscribe", """{"uri":"a:1"}""");
        var key = Assert.Single(gateway.Sessions.All).Key;
        var own = gateway.Runtime.Connections.Values.Single();

        gateway.Crash("echo", own, "crashed");
        var call = client.CallAsync("2", "tools/call");

        Assert.Equal(2, (await call).GetProperty("id").GetInt32());
        Assert.Equal(key, Assert.Single(gateway.Sessions.All).Key);
        var next = gateway.Runtime.Connections.Values.Single();
        Assert.NotSame(own, next);
        var methods = new[]
        {
            (await next.Calls.Reader.ReadAsync(Cancelled)).Method,
            (await next.Calls.Reader.ReadAsync(Cancelled)).Method,
        };
        Assert.Equal(["resources/subscribe", "tools/call"], methods.Order());
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_ends_when_its_server_leaves_the_configuration()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.NewSessionAsync();

        gateway.Undefine("echo");
        while (gateway.Sessions.All.Any())
        {
            await Task.Yield();
        }

        using var response = await client.PostAsync(Client.Request("1", "x"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    // Plays the reconciler: whoever opens a session, or waits without an instance, gets one.
    private static async Task<GatewayUnderTest> StartAsync()
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo", Isolation.Session);
        gateway.Wanted = server =>
        {
            foreach (var session in gateway.Demand("echo").Sessions)
            {
                gateway.ReadyOnce("echo", session);
            }
        };
        return gateway;
    }
}
