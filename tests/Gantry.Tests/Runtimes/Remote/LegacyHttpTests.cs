using Gantry.Runtimes;
using Gantry.Wire;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Gantry.Tests.Runtimes.Remote.ScriptedOrigin;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>Streamable HTTP with servers whose conversations begin with <c>initialize</c>.</summary>
public sealed class LegacyHttpTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20_000)]
    public async Task A_call_goes_out_within_the_session_and_comes_back()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    await ResultAsync(context, seen, """{"ok":true}""");
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench(
            $"url: '{origin.Url}mcp', headers: {{ X-Key: abc }}"
        );
        var connection = await bench.ConnectAsync();

        Assert.Equal("""{"ok":true}""", await RemoteBench.AskAsync(connection, "tools/call"));

        var call = Assert.Single(origin.Of("tools/call"));
        Assert.Equal("/mcp", call.Path);
        Assert.Equal("s1", call["Mcp-Session-Id"]);
        Assert.Equal("2025-11-25", call["MCP-Protocol-Version"]);
        Assert.Equal("abc", call["X-Key"]);
        Assert.StartsWith("gantry/", call["User-Agent"], StringComparison.Ordinal);
        Assert.NotEqual("\"mine\"", call.Body?["id"]?.ToJsonString());
        Assert.Equal(0, connection.Gate.CallsInside);
    }

    [Fact(Timeout = 20_000)]
    public async Task The_session_is_ended_with_the_instance()
    {
        await using var origin = await StartAsync(
            (context, seen) => TryIntroduceAsync(context, seen),
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var ready = await bench.StartAsync(Phase.Ready);

        await bench.StopAsync(ready.Id);
        var exited = await bench.UntilAsync(ready.Id, Phase.Exited);

        Assert.Equal(Cause.Asked, exited.Cause);
        Assert.Equal(
            "s1",
            Assert.Single(origin.Requests, one => one.HttpMethod == "DELETE")["Mcp-Session-Id"]
        );
    }

    [Fact(Timeout = 20_000)]
    public async Task What_an_origin_is_is_asked_once()
    {
        await using var origin = await StartAsync(
            (context, seen) => TryIntroduceAsync(context, seen),
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}', stateless: true");

        await bench.StartAsync(Phase.Ready);
        await bench.StartAsync(Phase.Ready);

        Assert.Single(origin.Of("server/discover"));
        Assert.Equal(2, origin.Of("initialize").Count());
    }

    [Theory(Timeout = 20_000)]
    [InlineData(404)]
    [InlineData(400)]
    public async Task A_forgotten_session_is_renewed_and_the_call_that_was_turned_away_follows(
        int status
    )
    {
        var session = "s1";
        var executed = 0;
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen.Method == "initialize" && seen["Mcp-Session-Id"] is null)
                {
                    await TryIntroduceAsync(context, seen, session);
                }
                else if (seen.Method is "tools/call" or "ping" && seen["Mcp-Session-Id"] != session)
                {
                    context.Response.StatusCode = status;
                }
                else if (!await TryIntroduceAsync(context, seen))
                {
                    executed++;
                    await ResultAsync(context, seen, """{"ok":true}""");
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        session = "s2";

        Assert.Equal("""{"ok":true}""", await RemoteBench.AskAsync(connection, "tools/call"));

        Assert.Equal(1, executed);
        Assert.Equal(["s1", "s2"], origin.Of("tools/call").Select(one => one["Mcp-Session-Id"]));
    }

    [Fact(Timeout = 20_000)]
    public async Task What_was_subscribed_to_is_subscribed_to_again_in_a_new_session()
    {
        var session = "s1";
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen.Method is "x" && seen["Mcp-Session-Id"] != session)
                {
                    context.Response.StatusCode = 404;
                }
                else if (!await TryIntroduceAsync(context, seen, session))
                {
                    await ResultAsync(context, seen, "{}");
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        await RemoteBench.AskAsync(connection, "resources/subscribe", """{"uri":"a:b"}""");
        session = "s2";
        await RemoteBench.AskAsync(connection, "x");

        Assert.Equal(
            ["s1", "s2"],
            origin.Of("resources/subscribe").Select(one => one["Mcp-Session-Id"])
        );
    }

    [Fact(Timeout = 20_000)]
    public async Task Progress_reaches_its_call_and_questions_reach_those_who_listen()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (await TryIntroduceAsync(context, seen))
                {
                    return;
                }

                var token = seen.Body?["params"]?["_meta"]?["progressToken"]?.ToJsonString();
                await EventAsync(
                    context,
                    $$$"""data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":1}}"""
                        + "\n\n: still there\n\n"
                );
                await EventAsync(
                    context,
                    """data: {"jsonrpc":"2.0","id":7,"method":"roots/list"}""" + "\n\n"
                );
                await EventAsync(context, $"data: {Result(seen, "{}")}\n\n");
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();

        using var call = await RemoteBench.OpenAsync(
            connection,
            "tools/call",
            """{"_meta":{"progressToken":"p"}}"""
        );
        using var progress = await call.ReadAsync();
        Assert.True(progress.IsMethod("notifications/progress"u8));
        using var response = await call.ReadAsync();
        Assert.Equal(FrameKind.Response, response.Kind);
        using var question = await connection.Unsolicited.ReadAsync(Cancelled);
        Assert.True(question.IsMethod("roots/list"u8));
    }

    [Fact(Timeout = 20_000)]
    public async Task A_stream_that_ends_early_is_taken_up_where_it_ended()
    {
        Seen? asked = null;
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen["Last-Event-ID"] is not null && asked is not null)
                {
                    await EventAsync(context, $"id: e2\ndata: {Result(asked, "{}")}\n\n");
                }
                else if (!await TryIntroduceAsync(context, seen))
                {
                    asked = seen;
                    await EventAsync(context, "id: e1\nretry: 10\ndata: \n\n");
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();

        Assert.Equal("{}", await RemoteBench.AskAsync(connection, "tools/call"));

        Assert.Equal(
            "e1",
            origin.Requests.First(one => one["Last-Event-ID"] is not null)["Last-Event-ID"]
        );
        Assert.Single(origin.Of("tools/call"));
    }

    [Fact(Timeout = 20_000)]
    public async Task A_call_that_may_have_reached_the_server_is_never_sent_again()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    context.Abort();
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(() =>
            RemoteBench.AskAsync(connection, "tools/call")
        );

        Assert.Contains("broke before the answer", gone.Message, StringComparison.Ordinal);
        Assert.Single(origin.Of("tools/call"));
    }

    [Fact(Timeout = 20_000)]
    public async Task The_error_of_a_refusal_is_the_answer()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    context.Response.StatusCode = 406;
                    await JsonAsync(
                        context,
                        """{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}"""
                    );
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");

        Assert.Equal(
            """{"code":-32000,"message":"no"}""",
            await RemoteBench.AskAsync(await bench.ConnectAsync(), "tools/call")
        );
    }

    [Fact(Timeout = 20_000)]
    public async Task A_cancelled_call_is_cancelled_at_the_server()
    {
        var told = new TaskCompletionSource<Seen>();
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (seen.Method == "notifications/cancelled")
                {
                    told.SetResult(seen);
                }
                else if (!await TryIntroduceAsync(context, seen))
                {
                    await EventAsync(context, ": waiting\n\n");
                    await told.Task;
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        using var call = await RemoteBench.OpenAsync(connection, "tools/call");

        await call.CancelAsync(notification: null, Cancelled);

        var notification = await told.Task.WaitAsync(Cancelled);
        var sent = Assert.Single(origin.Of("tools/call"));
        Assert.Equal(
            sent.Body?["id"]?.ToJsonString(),
            notification.Body?["params"]?["requestId"]?.ToJsonString()
        );
        Assert.Equal(0, connection.Gate.CallsInside);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_server_that_is_silent_for_too_long_fails_its_call()
    {
        var called = new TaskCompletionSource();
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    called.TrySetResult();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
            },
            Cancelled
        );
        var clock = new FakeClock();
        await using var bench = new RemoteBench(
            $"url: '{origin.Url}', request_timeout: 10s",
            time: clock
        );
        var asking = RemoteBench.AskAsync(await bench.ConnectAsync(), "tools/call");
        await called.Task.WaitAsync(Cancelled);

        clock.Advance(TimeSpan.FromSeconds(15));

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(() => asking);
        Assert.Contains("'request_timeout'", gone.Message, StringComparison.Ordinal);
    }
}
