using System.Net;
using System.Net.Sockets;
using Gantry.Runtimes;
using Gantry.Wire;
using Xunit;
using static Gantry.Tests.Runtimes.Remote.ScriptedOrigin;

namespace Gantry.Tests.Runtimes.Remote;

/// <summary>What is sent again, and what is given up.</summary>
public sealed class AgainTests
{
    private readonly FakeClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_call_that_could_not_leave_waits_for_an_origin_that_restarts()
    {
        var first = await AnswerAsync();
        var port = first.Url.Port;
        await using var bench = new RemoteBench($"url: '{first.Url}'", time: _clock);
        var connection = await bench.ConnectAsync();
        await first.DisposeAsync();

        var asking = RemoteBench.AskAsync(connection, "tools/call");
        await using var second = await AnswerAsync(port);
        while (!asking.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
        }

        Assert.Equal("{}", await asking);
        Assert.Single(second.Of("tools/call"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("resources/read", 2)]
    [InlineData("tools/list", 2)]
    [InlineData("tools/call", 1)]
    public async Task Who_only_reads_comes_again_when_the_origin_asks_for_patience(
        string method,
        int times
    )
    {
        var asked = 0;
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (await TryIntroduceAsync(context, seen))
                {
                    return;
                }

                if (Interlocked.Increment(ref asked) > 1)
                {
                    await ResultAsync(context, seen, "{}");
                    return;
                }

                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = "1";
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'", time: _clock);
        var asking = RemoteBench.AskAsync(await bench.ConnectAsync(), method);
        if (times > 1)
        {
            // Timers of the handshake may be due as well, so one step may come too early.
            while (!asking.IsCompleted)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(250));
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
            }

            Assert.Equal("{}", await asking);
        }
        else
        {
            var gone = await Assert.ThrowsAsync<InstanceGoneException>(() => asking);
            Assert.Contains("503", gone.Message, StringComparison.Ordinal);
        }

        Assert.Equal(times, origin.Of(method).Count());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_plea_for_more_patience_than_there_is_is_the_answer()
    {
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    context.Response.StatusCode = 503;
                    context.Response.Headers.RetryAfter = "3600";
                }
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");

        await Assert.ThrowsAsync<InstanceGoneException>(async () =>
            await RemoteBench.AskAsync(await bench.ConnectAsync(), "tools/list")
        );

        Assert.Single(origin.Of("tools/list"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_larger_than_a_message_may_be_is_given_up(bool isStream)
    {
        var text = $"\"{new string('x', 200_000)}\"";
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (await TryIntroduceAsync(context, seen))
                {
                    return;
                }

                await (
                    isStream
                        ? EventAsync(context, $"data: {Result(seen, text)}\n\n")
                        : ResultAsync(context, seen, text)
                );
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'", maxFrameSize: 65_536);

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(async () =>
            await RemoteBench.AskAsync(await bench.ConnectAsync(), "x")
        );

        Assert.Contains("65536", gone.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stream_that_its_client_does_not_read_is_given_up_before_it_fills_the_memory()
    {
        const int many = 4 * Call.MaxWaitingFrames;
        var said = 0;
        await using var origin = await StartAsync(
            async (context, seen) =>
            {
                if (await TryIntroduceAsync(context, seen))
                {
                    return;
                }

                for (; said < many; said++)
                {
                    await EventAsync(
                        context,
                        """
                        data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}


                        """
                    );
                }

                await EventAsync(context, $"data: {Result(seen, "{}")}\n\n");
            },
            Cancelled
        );
        await using var bench = new RemoteBench($"url: '{origin.Url}'");
        var connection = await bench.ConnectAsync();
        using var call = await RemoteBench.OpenAsync(connection, "tools/call");

        // Nobody reads it until its connection has let it go.
        while (connection.Gate.CallsInside > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
        }

        var read = 0;
        var gone = await Assert.ThrowsAsync<InstanceGoneException>(async () =>
        {
            while (true)
            {
                using var frame = await call.ReadAsync();
                read++;
            }
        });

        Assert.Contains("reads too slowly", gone.Message, StringComparison.Ordinal);
        Assert.InRange(read, 0, Call.MaxWaitingFrames);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_origin_that_accepts_no_connection_in_time_is_said_so()
    {
        // Its queue is full: the next is neither taken nor refused.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(0);
        var at = (IPEndPoint)listener.LocalEndpoint;
        var waiting = Enumerable
            .Range(0, 4)
            .Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false })
            .ToList();
        foreach (var socket in waiting)
        {
            Assert.ThrowsAny<SocketException>(() => socket.Connect(at));
        }

        await using var bench = new RemoteBench($"url: 'http://{at}', connect_timeout: 300ms");
        var exited = await bench.StartAsync(Phase.Exited);

        Assert.Contains("'connect_timeout'", exited.Reason, StringComparison.Ordinal);
        waiting.ForEach(socket => socket.Dispose());
    }

    private static Task<ScriptedOrigin> AnswerAsync(int port = 0) =>
        StartAsync(
            async (context, seen) =>
            {
                if (!await TryIntroduceAsync(context, seen))
                {
                    await ResultAsync(context, seen, "{}");
                }
            },
            Cancelled,
            port: port
        );
}
