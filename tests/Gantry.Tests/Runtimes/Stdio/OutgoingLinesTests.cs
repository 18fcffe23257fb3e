using Gantry.Wire;
using Xunit;

namespace Gantry.Runtimes.Stdio;

public sealed class OutgoingLinesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Who_hears_that_the_pipe_broke_may_wait_for_somebody_who_closes_it()
    {
        var isClosed = false;
        OutgoingLines? lines = null;
        lines = new(
            new BrokenPipe(),
            () =>
            {
                var closing = new Thread(() => lines?.Close());
                closing.Start();
                isClosed = closing.Join(TimeSpan.FromSeconds(20));
            }
        );
        using var frame = Frame.Parse("""{"jsonrpc":"2.0","method":"x"}"""u8);

        await Task.Run(
            async () => await lines.SendAsync(frame, default, default, default, Cancelled),
            Cancelled
        );

        Assert.True(isClosed);
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => throw new IOException("Broken pipe");
    }
}
