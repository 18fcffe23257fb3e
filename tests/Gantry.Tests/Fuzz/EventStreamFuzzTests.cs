using System.Text;
using Gantry.Runtimes.Remote.Http;
using Gantry.Wire;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>Event streams of servers that run elsewhere.</summary>
public sealed class EventStreamFuzzTests
{
    private const int MaxFrame = 1024 * 1024;

    [Fact(Timeout = 600_000)]
    public async Task What_is_read_does_not_depend_on_the_pieces_in_which_it_comes() =>
        await Fuzzer
            .Make()
            .RunAsync(
                3_000,
                async one =>
                {
                    var bytes = one.Note(
                        Damage.Maybe(Encoding.UTF8.GetBytes(Stream(one.Dice)), one.Dice)
                    );

                    var whole = await ReadAsync(new MemoryStream(bytes));
                    var pieces = await ReadAsync(new Pieced(bytes, one.Dice));

                    Assert.Equal(whole, pieces);
                }
            );

    private static string Stream(Random dice)
    {
        var text = new StringBuilder(dice.Next(10) == 0 ? "\uFEFF" : "");
        for (var events = dice.Next(5); events > 0; events--)
        {
            for (var fields = dice.Next(4); fields > 0; fields--)
            {
                text.Append(Field(dice)).Append(End(dice));
            }

            text.Append(End(dice));
        }

        return text.ToString();
    }

    private static string Field(Random dice) =>
        dice.Next(8) switch
        {
            0 => $"id: {dice.Next(100)}",
            1 => Pieces.Pick(dice, "id", "id:", "id:\0", "event", "data", "retry: 1e3", ":"),
            2 => $"event: {Pieces.Pick(dice, "message", "endpoint", "ping", "")}",
            3 => $"retry: {dice.Next(5_000)}",
            4 => $": {Pieces.Text(dice)}",
            5 => $"data:{Pieces.Text(dice)}",
            _ => $"data: {Pieces.Message(dice).ReplaceLineEndings("\ndata: ")}",
        };

    private static string End(Random dice) => Pieces.Pick(dice, "\n", "\n", "\r\n", "\r");

    private static async Task<List<string>> ReadAsync(Stream stream)
    {
        var position = new StreamPosition();
        var seen = new List<string>();
        var events = new EventStream(Parse, MaxFrame).ReadAsync(
            stream,
            () => { },
            position,
            TestContext.Current.CancellationToken
        );
        await foreach (var read in events)
        {
            using (read.Frame)
            {
                seen.Add($"{read.Type} {read.Id} {read.Text} {read.Frame}");
            }
        }

        seen.Add($"{position.LastEventId} {position.Retry}");
        return seen;
    }

    private static Frame? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Frame.Parse(utf8);
        }
        catch (NotAFrameException)
        {
            return null;
        }
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Pieced(byte[] bytes, Random dice) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => base.ReadAsync(buffer[..Math.Min(buffer.Length, dice.Next(1, 9))], cancellationToken);
    }
}
