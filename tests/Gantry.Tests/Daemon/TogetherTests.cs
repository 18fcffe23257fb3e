using Xunit;

namespace Gantry.Daemon;

public sealed class TogetherTests
{
    [Fact(Timeout = 10_000)]
    public async Task When_one_fails_the_others_end_and_the_failure_is_told()
    {
        var ended = false;

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Together.RunAsync(
                [
                    _ => Task.FromException(new InvalidOperationException()),
                    token => UntilCancelledAsync(() => ended = true, token),
                ],
                TestContext.Current.CancellationToken
            )
        );

        Assert.True(ended);
    }

    [Fact(Timeout = 10_000)]
    public async Task When_cancelled_all_end_quietly()
    {
        using var stop = new CancellationTokenSource();
        var ends = 0;
        var running = Together.RunAsync(
            [
                token => UntilCancelledAsync(() => ends++, token),
                token => UntilCancelledAsync(() => ends++, token),
            ],
            stop.Token
        );

        await stop.CancelAsync();
        await running;

        Assert.Equal(2, ends);
    }

    private static async Task UntilCancelledAsync(Action ended, CancellationToken token)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        }
        finally
        {
            ended();
        }
    }
}
