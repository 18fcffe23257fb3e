using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Flow;

public sealed class TurnTests
{
    private const int Patience = 30_000;

    // A time that nobody else sleeps for.
    private static readonly FlowPolicy s_onePlace = new()
    {
        MaxConcurrency = 1,
        QueueTimeout = TimeSpan.FromSeconds(47),
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Sessions_take_turns_at_a_server_with_one_place()
    {
        var (gateway, echo) = await StartAsync(s_onePlace);
        await using var _ = gateway;
        using var greedy = await gateway.NewSessionAsync();
        using var modest = await gateway.NewSessionAsync();

        var calls = new List<Task>();
        for (var i = 0; i < 5; i++)
        {
            calls.Add(greedy.CallAsync($"\"g{i}\"", "tools/call"));
        }

        var first = await echo.Calls.Reader.ReadAsync(Cancelled);
        await UntilWaitingAsync(gateway, 4);
        calls.Add(modest.CallAsync("\"m\"", "tools/call"));
        await UntilWaitingAsync(gateway, 5);
        Assert.False(echo.Calls.Reader.TryPeek(out var _));

        first.Respond("{}");
        await AnswerAsync(echo);
        await AnswerAsync(echo);

        // One of the greedy client's, and then the modest one's.
        await calls[^1];
        for (var i = 0; i < 3; i++)
        {
            await AnswerAsync(echo);
        }

        await Task.WhenAll(calls);
        Assert.Equal(0, gateway.Demand("echo").CallsWaiting);
    }

    [Fact(Timeout = Patience)]
    public async Task A_full_queue_answers_at_once_and_says_when_to_try_again()
    {
        var (gateway, echo) = await StartAsync(s_onePlace with { MaxQueue = 0 });
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var running = client.CallAsync("1", "tools/call");
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        var refused = await client.CallAsync("2", "tools/call");

        var error = refused.GetProperty("error");
        Assert.StartsWith("Server 'echo' is busy", error.GetProperty("message").GetString());
        Assert.Equal(1, error.GetProperty("data").GetProperty("retryAfter").GetInt32());
        call.Respond("{}");
        await running;
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_that_waits_too_long_for_its_turn_fails()
    {
        var (gateway, echo) = await StartAsync(s_onePlace);
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var running = client.CallAsync("1", "tools/call");
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);

        var waiting = client.CallAsync("2", "tools/call");
        await UntilWaitingAsync(gateway, 1);

        gateway.Clock.Advance(s_onePlace.QueueTimeout);

        Assert.Contains("waited 47 s for one of 1 places", Message(await waiting));
        call.Respond("{}");
        await running;
    }

    [Fact(Timeout = Patience)]
    public async Task A_cancelled_call_leaves_the_queue_and_a_cancelled_one_inside_makes_room()
    {
        var (gateway, echo) = await StartAsync(s_onePlace);
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var running = client.PostAsync(Client.Request("1", "tools/call"));
        await echo.Calls.Reader.ReadAsync(Cancelled);
        var waiting = client.PostAsync(Client.Request("2", "tools/call"));
        await UntilWaitingAsync(gateway, 1);

        await CancelAsync(client, 2);
        using var left = await waiting;
        Assert.Equal(0, gateway.Demand("echo").CallsWaiting);
        await CancelAsync(client, 1);
        using var stopped = await running;
        var next = client.CallAsync("3", "tools/call");
        await AnswerAsync(echo);

        Assert.Equal(3, (await next).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_leaves_without_a_word_leaves_the_queue_too()
    {
        var (gateway, echo) = await StartAsync(s_onePlace);
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var running = client.CallAsync("1", "tools/call");
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);
        using (var leaving = gateway.NewClient())
        {
            leaving.Session = client.Session;
            var waiting = leaving.PostAsync(Client.Request("2", "tools/call"));
            await UntilWaitingAsync(gateway, 1);
            leaving.Dispose();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        await UntilDemandedAsync(gateway, 0);
        call.Respond("{}");
        await running;
        Assert.False(echo.Calls.Reader.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task Calls_in_the_queue_survive_a_crash_and_go_to_the_next_instance()
    {
        var (gateway, echo) = await StartAsync(s_onePlace);
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        var running = client.CallAsync("1", "tools/call");
        await echo.Calls.Reader.ReadAsync(Cancelled);
        var waiting = client.CallAsync("2", "tools/call");
        await UntilWaitingAsync(gateway, 1);

        gateway.Crash("echo", echo, "echo-1 crashed");
        var next = gateway.Ready("echo");

        Assert.Equal("echo-1 crashed", Message(await running));
        (await waiting).GetProperty("result");
        Assert.True(next.Calls.Reader.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task Whoever_waits_for_a_server_that_cannot_start_hears_why()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithFlowAsync(
            new() { MaxConcurrency = 1 }
        );
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        gateway.Crash("echo", echo, "gone");
        var calls = Enumerable
            .Range(1, 3)
            .Select(id => client.CallAsync($"{id}", "tools/call"))
            .ToList();
        await UntilDemandedAsync(gateway, 3);

        gateway.Trouble("echo", new(Planning.TroubleKind.Paused, "The operator stopped it."));

        Assert.All(
            await Task.WhenAll(calls),
            answer => Assert.Contains("operator", Message(answer))
        );
    }

    private static async Task<(GatewayUnderTest, ScriptedConnection)> StartAsync(FlowPolicy flow)
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithFlowAsync(flow);
        echo.Script = null;
        return (gateway, echo);
    }

    private static async Task AnswerAsync(ScriptedConnection echo)
    {
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);
        call.Respond("{}");
    }

    private static async Task CancelAsync(Client client, int id)
    {
        using var response = await client.PostAsync(
            Client.Notification("notifications/cancelled", $$"""{"requestId":{{id}}}""")
        );
    }

    // Demand is known a moment before a call stands in the queue; its patience begins after that.
    private static Task UntilWaitingAsync(GatewayUnderTest gateway, int calls) =>
        gateway.Clock.SleepersForAsync(s_onePlace.QueueTimeout, calls, Cancelled);

    private static async Task UntilDemandedAsync(GatewayUnderTest gateway, int calls)
    {
        while (gateway.Demand("echo").CallsWaiting != calls)
        {
            Cancelled.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static string Message(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("message").GetString() ?? "";
}
