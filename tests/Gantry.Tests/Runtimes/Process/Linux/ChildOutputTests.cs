using Gantry.Runtimes.Process.Linux;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Gantry.Tests.Runtimes.Process.Linux;

public sealed class ChildOutputTests
{
    private const int MoreThanPipesHold = 300 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 10_000)]
    public async Task A_read_that_waits_ends_when_it_is_cancelled()
    {
        using var output = Open(out var child);
        using (child)
        using (var stop = new CancellationTokenSource())
        {
            var reading = Task.Run(() => ReadAsync(output, stop.Token), Cancelled);

            await stop.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }
    }

    [Fact(Timeout = 10_000)]
    public async Task What_a_child_wrote_is_read_before_the_end()
    {
        using var output = Open(out var child);
        using (child)
        {
            await child.WriteAsync("last words"u8.ToArray(), Cancelled);
        }

        Assert.Equal("last words".Length, await ReadAsync(output, Cancelled));
        Assert.Equal(0, await ReadAsync(output, Cancelled));
    }

    [Fact(Timeout = 10_000)]
    public async Task A_wide_one_takes_more_at_a_time()
    {
        using var output = Open(out var child);
        using (child)
        {
            output.Widen();

            // Nobody reads meanwhile.
            await Task.Run(() => child.Write(new byte[MoreThanPipesHold]), Cancelled);
        }
    }

    private static async Task<int> ReadAsync(ChildOutput output, CancellationToken cancellation) =>
        await output.ReadAsync(new byte[64], cancellation);

    private static ChildOutput Open(out FileStream child)
    {
        var pipes = ChildPipes.Open();
        pipes.Input.Dispose();
        pipes.Error.Dispose();
        new SafeFileHandle(pipes.Its[0], ownsHandle: true).Dispose();
        new SafeFileHandle(pipes.Its[2], ownsHandle: true).Dispose();
        child = new(new SafeFileHandle(pipes.Its[1], ownsHandle: true), FileAccess.Write, 0);
        return pipes.Output;
    }
}
