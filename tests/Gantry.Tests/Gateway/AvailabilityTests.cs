using System.Text.Json;
using Gantry.Planning;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Gateway;

public sealed class AvailabilityTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_call_waits_for_the_instance_and_says_so()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var wanted = new TaskCompletionSource<int>();
        gateway.Wanted = _ => wanted.TrySetResult(gateway.Demand("echo").CallsWaiting);
        using var client = gateway.NewClient();

        var initializing = client.InitializeAsync();
        Assert.Equal(1, await wanted.Task);
        gateway.Ready("echo");
        await initializing;

        Assert.Equal(0, gateway.Demand("echo").CallsWaiting);
    }

    [Fact(Timeout = Patience)]
    public async Task A_crash_fails_the_call_at_once_and_the_next_is_served()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();

        var crashing = client.CallAsync("\"c\"", "tools/call");
        await echo.Calls.Reader.ReadAsync(Cancelled);
        gateway.Crash("echo", echo, "echo-1 was killed by signal 9");
        gateway.Trouble("echo", Backoff(gateway, TimeSpan.FromSeconds(1)));
        var failed = await crashing;
        gateway.Wanted = _ => gateway.Ready("echo");
        var served = await client.CallAsync("2", "tools/call");

        Assert.Equal("c", failed.GetProperty("id").GetString());
        Assert.Equal("echo-1 was killed by signal 9", Message(failed));
        Assert.Equal(2, served.GetProperty("id").GetInt32());
        served.GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_crash_after_progress_ends_the_stream_with_the_error()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call => call.Progress(1);
        using var client = await gateway.NewSessionAsync();

        using var events = new Events(
            await client.PostAsync(
                Client.Request("1", "tools/call", """{"_meta":{"progressToken":1}}""")
            )
        );
        await events.NextAsync();
        gateway.Crash("echo", echo, "gone");

        Assert.Equal("gone", Message(await events.NextMessageAsync()));
        Assert.Null(await events.NextAsync());
    }

    [Fact(Timeout = Patience)]
    public async Task A_closed_gate_sends_the_call_to_the_next_instance()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        echo.Gate.Close();
        gateway.Wanted = _ => gateway.Ready("echo");

        var answer = await client.CallAsync("1", "tools/call");

        answer.GetProperty("result");
        Assert.False(echo.Calls.Reader.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task A_stopped_server_says_who_stopped_it()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        gateway.Crash("echo", echo, "stopped");
        gateway.Trouble("echo", new(TroubleKind.Paused, "The operator stopped it. Start it."));

        var answer = await client.CallAsync("1", "tools/call");

        Assert.Equal(
            "Server 'echo' is not available: The operator stopped it. Start it.",
            Message(answer)
        );
        Assert.Equal(-32000, answer.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task A_failed_start_is_reported_to_whoever_waited_for_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        gateway.Wanted = _ =>
            gateway.Change(
                "echo",
                status =>
                    status with
                    {
                        Exits =
                        [
                            new(
                                new("echo-1"),
                                new("hash"),
                                gateway.Clock.GetUtcNow(),
                                Cause.NeverReady,
                                127,
                                TimeSpan.Zero,
                                "cannot start 'nope'"
                            ),
                        ],
                    }
            );
        using var client = gateway.NewClient();

        using var response = await client.PostAsync(Client.Initialize());

        var message = Message(await Client.JsonAsync(response));
        Assert.Equal(
            "Server 'echo' did not start: cannot start 'nope'. See 'gantry logs echo'.",
            message
        );
        Assert.False(response.Headers.Contains("Mcp-Session-Id"));
        Assert.Empty(gateway.Sessions.All);
    }

    [Fact(Timeout = Patience)]
    public async Task Nobody_waits_for_ever()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var wanted = new TaskCompletionSource();
        gateway.Wanted = _ => wanted.TrySetResult();
        using var client = gateway.NewClient();

        var answering = GreetAsync(client);
        await wanted.Task;
        while (!answering.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        Assert.Contains("'echo' was not ready within 35 s.", Message(await answering));
    }

    [Fact(Timeout = Patience)]
    public async Task The_wait_for_a_first_answer_is_kept_alive()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var wanted = new TaskCompletionSource();
        gateway.Wanted = _ => wanted.TrySetResult();
        using var client = gateway.NewClient();

        var answering = client.PostAsync(Client.Initialize());
        await wanted.Task;
        while (!answering.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancelled);
        }

        using var response = await answering;
        using var events = new Events(response);
        Assert.Equal(": keep-alive", await events.NextAsync());
        gateway.Ready("echo");
        var answer = await events.NextMessageAsync();
        Assert.Equal(
            "2025-11-25",
            answer.GetProperty("result").GetProperty("protocolVersion").GetString()
        );
        client.Session = response.Headers.GetValues("Mcp-Session-Id").Single();
        (await client.CallAsync("1", "tools/list")).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_long_wait_is_kept_alive()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();
        gateway.Crash("echo", echo, "gone");
        var wanted = new TaskCompletionSource();
        gateway.Wanted = _ => wanted.TrySetResult();

        var answering = client.PostAsync(Client.Request("1", "tools/call"));
        await wanted.Task;
        while (!answering.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancelled);
        }

        using var events = new Events(await answering);
        Assert.Equal(": keep-alive", await events.NextAsync());
        gateway.Ready("echo");
        while (await events.NextAsync() is { } message)
        {
            Assert.True(message is ": keep-alive" || message.Contains("result"), message);
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_crash_loop_is_not_waited_for()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        gateway.Trouble("echo", new(TroubleKind.CrashLoop, "It failed 5 times."));
        using var client = gateway.NewClient();

        using var response = await client.PostAsync(Client.Initialize());

        Assert.Contains("It failed 5 times.", Message(await Client.JsonAsync(response)));
    }

    private static async Task<JsonElement> GreetAsync(Client client)
    {
        using var response = await client.PostAsync(Client.Initialize());
        return await Client.JsonAsync(response);
    }

    private static Trouble Backoff(GatewayUnderTest gateway, TimeSpan after) =>
        new(TroubleKind.Backoff, "It failed.", gateway.Clock.GetUtcNow() + after);

    private static string? Message(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("message").GetString();
}
