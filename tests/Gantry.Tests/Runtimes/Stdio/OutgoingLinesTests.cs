using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
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
            async () => await lines.SendAsync(frame, default, default, default, false, Cancelled),
            Cancelled
        );

        Assert.True(isClosed);
    }

    [Fact(Timeout = 30_000)]
    public async Task Lines_go_out_whole_and_in_order_whether_or_not_others_follow()
    {
        var pipe = new RecordingPipe();
        var lines = new OutgoingLines(pipe, () => { });

        for (var number = 0; number < 200; number++)
        {
            using var frame = Frame.Parse(
                Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","method":"{{number}}"}""")
            );
            await lines.SendAsync(
                frame,
                default,
                default,
                default,
                isOneOfMany: number % 3 > 0,
                Cancelled
            );
        }

        await pipe.UntilAsync(200);
        var sent = pipe.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            Enumerable.Range(0, 200).Select(number => number.ToString()),
            sent.Select(line => JsonNode.Parse(line)?["method"]?.GetValue<string>())
        );
    }

    /// <summary>Keeps what is written, and yields in the middle of each write.</summary>
    private sealed class RecordingPipe : MemoryStream
    {
        private readonly Channel<int> _lines = Channel.CreateUnbounded<int>();

        public string Text => Encoding.UTF8.GetString(ToArray());

        public async Task UntilAsync(int lines)
        {
            while (lines > 0)
            {
                lines -= await _lines.Reader.ReadAsync(Cancelled);
            }
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            await Task.Yield();
            Write(buffer.Span);
            _lines.Writer.TryWrite(buffer.Span.Count((byte)'\n'));
        }
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => throw new IOException("Broken pipe");
    }
}
