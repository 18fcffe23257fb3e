using System.Buffers;
using System.Text;
using Gantry.Runtimes.Stdio;
using Xunit;

namespace Gantry.Tests.Runtimes.Stdio;

public sealed class LineReaderTests
{
    private const int MaxLine = 4096;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = 10_000)]
    [InlineData(2 * MaxLine)]
    [InlineData(100 * MaxLine)]
    public async Task Of_a_line_that_is_too_long_both_ends_are_kept(int length)
    {
        var line = "{\"id\":7," + new string('x', length) + ",\"end\":7}";
        using var reader = new LineReader(Pieces(line + "\nnext\n"), MaxLine);

        var lines = await ReadAsync(reader);

        Assert.Equal(2, lines.Count);
        Assert.True(lines[0].IsTooLong);
        Assert.StartsWith("{\"id\":7,", lines[0].Text, StringComparison.Ordinal);
        Assert.EndsWith(",\"end\":7}", lines[0].Text, StringComparison.Ordinal);
        Assert.Equal(("next", false), lines[1]);
    }

    [Theory(Timeout = 10_000)]
    [InlineData(32 * 1024, 0)]
    [InlineData(300 * 1024, 1)]
    public async Task What_it_reads_from_is_widened_once_for_large_lines(int length, int times)
    {
        var widened = 0;
        var line = new string('x', length);
        var pieces = Pieces($"{line}\n{line}\nshort\n{line}\n");
        using var reader = new LineReader(pieces, 1024 * 1024, () => widened++);

        var lines = await ReadAsync(reader);

        Assert.Equal([line, line, "short", line], lines.Select(read => read.Text));
        Assert.Equal(times, widened);
    }

    [Fact(Timeout = 10_000)]
    public async Task What_it_read_from_is_closed_with_it()
    {
        var stream = Pieces("one\n");
        var reader = new LineReader(stream, MaxLine);
        await ReadAsync(reader);

        reader.Dispose();

        Assert.False(stream.CanRead);
    }

    private static async Task<List<(string Text, bool IsTooLong)>> ReadAsync(LineReader reader)
    {
        var lines = new List<(string, bool)>();
        while (await reader.TryFillAsync(Cancelled))
        {
            while (reader.TryTake(out var line))
            {
                lines.Add((Encoding.UTF8.GetString(line.Utf8), line.IsTooLong));
                if (line.Rented is { } rented)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }
        }

        return lines;
    }

    private static MemoryStream Pieces(string text) => new(Encoding.UTF8.GetBytes(text));
}
