using System.Net;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway;

public sealed class LifetimeTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_session_without_a_goodbye_ends_when_idle()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var idle = await gateway.NewSessionAsync();
        using var listening = await gateway.NewSessionAsync();
        using var events = new Events(await listening.GetAsync());

        gateway.Clock.Advance(TimeSpan.FromMinutes(31));
        while (gateway.Sessions.All.Count() > 1)
        {
            await Task.Yield();
        }

        using var ended = await idle.PostAsync(Client.Request("1", "ping"));
        Assert.Equal(HttpStatusCode.NotFound, ended.StatusCode);
        (await listening.CallAsync("1", "ping")).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_whose_client_only_pings_is_not_idle()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var idle = await gateway.NewSessionAsync();
        using var pinging = await gateway.NewSessionAsync();
        using var listening = await gateway.NewSessionAsync();
        using var events = new Events(await listening.GetAsync());

        gateway.Clock.Advance(TimeSpan.FromMinutes(20));
        await events.NextAsync();
        await pinging.CallAsync("1", "ping");
        gateway.Clock.Advance(TimeSpan.FromMinutes(11));
        while (gateway.Sessions.All.Count() > 2)
        {
            await Task.Yield();
        }

        (await pinging.CallAsync("2", "ping")).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_that_is_ended_while_it_waits_never_begins()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var wanted = new TaskCompletionSource();
        gateway.Wanted = _ => wanted.TrySetResult();
        using var client = gateway.NewClient();
        var answering = client.PostAsync(Client.Initialize());
        await wanted.Task.WaitAsync(Cancelled);
        var session = Assert.Single(gateway.Sessions.All);

        gateway.Sessions.End(session, "test");
        gateway.Ready("echo");

        using var response = await answering;
        (await Client.JsonAsync(response)).GetProperty("error");
        Assert.Null(gateway.Sessions.Find(session.Id));
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_with_a_call_in_flight_is_not_idle()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        using var other = await gateway.NewSessionAsync();
        var answering = client.PostAsync(Client.Request("1", "tools/call"));
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        gateway.Clock.Advance(TimeSpan.FromMinutes(31));
        while (gateway.Sessions.All.Count() > 1)
        {
            await Task.Yield();
        }

        call.Respond("{}");
        using var events = new Events(await answering);
        Assert.Equal(": keep-alive", await events.NextAsync());
        Assert.Equal(1, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task A_long_call_becomes_a_stream_that_is_kept_alive()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        var answering = client.PostAsync(Client.Request("1", "tools/call"));
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        gateway.Clock.Advance(TimeSpan.FromSeconds(16));
        using var events = new Events(await answering);
        Assert.Equal(": keep-alive", await events.NextAsync());
        gateway.Clock.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(": keep-alive", await events.NextAsync());
        call.Respond("{}");

        Assert.Equal(1, (await events.NextMessageAsync()).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task The_clients_stream_is_kept_alive_and_a_second_one_replaces_it()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        using var first = new Events(await client.GetAsync());
        gateway.Clock.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(": keep-alive", await first.NextAsync());

        using var second = new Events(await client.GetAsync());

        Assert.Null(await first.NextAsync());
        using var ended = await client.DeleteAsync();
        Assert.Null(await second.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task Ending_a_session_cancels_its_calls()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        var answering = client.PostAsync(Client.Request("1", "tools/call"));
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        using var ended = await client.DeleteAsync();

        Assert.Null(await call.Cancelled);
        using var response = await answering;
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact(Timeout = Patience)]
    public async Task The_oldest_idle_session_makes_room_for_a_new_one()
    {
        var limits = new GatewayLimits { MaxSessions = 2 };
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync(limits);
        await using var _ = gateway;
        using var first = await gateway.NewSessionAsync();
        using var events = new Events(await first.GetAsync());
        using var second = await gateway.NewSessionAsync();
        using var third = await gateway.NewSessionAsync();
        using var more = new Events(await third.GetAsync());

        using var ended = await second.PostAsync(Client.Request("1", "ping"));
        using var refused = await gateway.NewClient().PostAsync(Client.Initialize());

        Assert.Equal(HttpStatusCode.NotFound, ended.StatusCode);
        (await first.CallAsync("1", "ping")).GetProperty("result");
        var error = (await Client.JsonAsync(refused)).GetProperty("error");
        Assert.Contains("too many sessions", error.GetProperty("message").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_session_has_so_many_calls_and_no_more()
    {
        var limits = new GatewayLimits { MaxCallsPerSession = 1 };
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync(limits);
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();
        var first = client.CallAsync("1", "tools/call");
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        var second = await client.CallAsync("2", "tools/call");
        call.Respond("{}");

        Assert.Equal(2, second.GetProperty("id").GetInt32());
        second.GetProperty("error");
        (await first).GetProperty("result");
    }
}
