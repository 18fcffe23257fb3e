using Xunit;

namespace Gantry.Wire;

public sealed class CallTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Frames_come_in_order_whether_the_reader_waits_or_not()
    {
        var call = new PlainCall();
        call.Deliver(Number(1));
        call.Deliver(Number(2));
        Assert.Equal("1", Id(await call.ReadAsync()));
        Assert.Equal("2", Id(await call.ReadAsync()));

        var reading = call.ReadAsync();
        call.Deliver(Number(3));

        Assert.Equal("3", Id(await reading));
        Assert.Null(call.TryRead());
    }

    // On a thread of the pool, as there are no contexts to go back to.
    [Fact(Timeout = Patience)]
    public Task A_reader_goes_on_within_the_delivery_where_that_is_wanted() =>
        Task.Run(
            () =>
            {
                var call = new PlainCall();
                var reading = ReadAsync(call);

                call.Deliver(Number(1), atOnce: true);

                Assert.True(reading.IsCompletedSuccessfully);
            },
            Cancelled
        );

    private static async Task<string?> ReadAsync(Call call) => Id(await call.ReadAsync());

    [Fact(Timeout = Patience)]
    public async Task Frames_that_came_before_the_end_are_read_before_it()
    {
        var call = new PlainCall();
        call.Deliver(Number(1));
        call.Fail(new InstanceGoneException("gone"));

        Assert.Equal("1", Id(await call.ReadAsync()));
        var gone = await Assert.ThrowsAsync<InstanceGoneException>(async () =>
            await call.ReadAsync()
        );
        Assert.Equal("gone", gone.Message);
    }

    [Fact(Timeout = Patience)]
    public async Task A_waiting_reader_hears_of_the_end()
    {
        var call = new PlainCall();
        var reading = call.ReadAsync();

        call.Fail(new InstanceGoneException("gone"));
        call.Fail(new InstanceGoneException("gone again"));

        var gone = await Assert.ThrowsAsync<InstanceGoneException>(async () => await reading);
        Assert.Equal("gone", gone.Message);
    }

    [Fact(Timeout = Patience)]
    public async Task A_reader_can_be_woken_now_or_beforehand()
    {
        var call = new PlainCall();
        var reading = call.ReadOrWakeAsync();
        call.Wake();
        Assert.Null(await reading);

        call.Wake();
        call.Wake();
        call.Deliver(Number(1));

        Assert.Equal("1", Id(await call.ReadOrWakeAsync()));
        Assert.Null(await call.ReadOrWakeAsync());
        var waiting = call.ReadOrWakeAsync();
        Assert.False(waiting.IsCompleted);
        call.Wake();
        Assert.Null(await waiting);
    }

    [Fact]
    public void A_reader_that_is_too_slow_loses_its_call()
    {
        var call = new PlainCall();
        for (var i = 0; i < Call.MaxWaitingFrames; i++)
        {
            Assert.True(call.Deliver(Notification("x")));
        }

        Assert.False(call.Deliver(Notification("x")));
        Assert.False(call.Interject(Notification("x")));
    }

    [Fact]
    public void What_waits_for_a_reader_is_bounded_in_bytes_but_the_response_is_always_taken()
    {
        var call = new PlainCall();
        var text = new string('x', Call.MaxWaitingBytes / 4);
        var taken = 0;
        while (call.Deliver(Notification(text)))
        {
            taken++;
        }

        Assert.Equal(4, taken);
        Assert.True(call.Deliver(Number(1)));
    }

    [Fact]
    public void What_comes_after_the_reader_left_is_dropped()
    {
        var call = new PlainCall();
        var early = Number(1);
        call.Deliver(early);
        var left = Assert.Single(call.Abandon());
        var late = Number(2);

        Assert.True(call.Deliver(late));
        Assert.False(call.Interject(Number(3)));
        Assert.Same(early, left);
        Assert.Throws<ObjectDisposedException>(() => late.Utf8);
    }

    [Fact(Timeout = Patience)]
    public async Task Wakes_and_frames_from_many_sides_lose_nothing()
    {
        const int count = 2_000;
        var call = new PlainCall();
        using var done = new CancellationTokenSource();
        var waking = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    call.Wake();
                }
            },
            Cancelled
        );
        var writing = Task.Run(
            () =>
            {
                for (var i = 0; i < count; i++)
                {
                    while (!call.Interject(Number(i))) { }
                }
            },
            Cancelled
        );

        for (var i = 0; i < count; i++)
        {
            using var frame = await call.ReadAsync();
            Assert.Equal($"{i}", Id(frame));
        }

        await done.CancelAsync();
        await Task.WhenAll(waking, writing);
    }

    private static Frame Notification(string text) =>
        Frame.Parse(
            System.Text.Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","method":"x","params":{"text":"{{{text}}}"}}"""
            )
        );

    private static Frame Number(int number) =>
        Frame.Parse(
            System.Text.Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":{{{number}}},"result":{}}"""
            )
        );

    private static string? Id(Frame? frame) =>
        frame is null ? null : System.Text.Encoding.UTF8.GetString(frame[frame.Id]);

    private sealed class PlainCall() : Call(Number(0))
    {
        public override ValueTask CancelAsync(
            Frame? notification,
            CancellationToken cancellationToken
        ) => ValueTask.CompletedTask;
    }
}
