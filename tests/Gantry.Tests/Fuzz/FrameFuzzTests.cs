using System.Buffers;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Duplex;
using Gantry.Wire;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>What holds of every message, whatever the bytes are.</summary>
public sealed class FrameFuzzTests
{
    private const int MaxBatch = 5;

    private static readonly JsonReaderOptions s_json = new() { MaxDepth = Frame.MaxDepth };

    [Fact]
    public void Bytes_are_refused_or_become_a_message_of_which_exactly_the_parts_are_replaced() =>
        Fuzzer
            .Make()
            .Run(
                25_000,
                one =>
                {
                    var made = Encoding.UTF8.GetBytes(Pieces.Message(one.Dice));
                    var utf8 = one.Note(Damage.Maybe(made, one.Dice));
                    if (TryParse(utf8) is { } frame)
                    {
                        using (frame)
                        {
                            AssertUntouched(utf8, frame);
                            AssertSpliced(frame, one.Dice);
                        }
                    }
                }
            );

    [Fact]
    public void Arrays_are_refused_or_become_a_few_messages() =>
        Fuzzer
            .Make()
            .Run(
                5_000,
                one =>
                {
                    var messages = Enumerable
                        .Range(0, one.Dice.Next(MaxBatch + 2))
                        .Select(_ => Pieces.Message(one.Dice));
                    var made = Encoding.UTF8.GetBytes($"[{string.Join(',', messages)}]");
                    var frames = Split(one.Note(Damage.Maybe(made, one.Dice)));
                    Assert.InRange(frames.Count, 0, MaxBatch);
                    foreach (var frame in frames)
                    {
                        frame.Dispose();
                    }
                }
            );

    private static Frame? TryParse(byte[] utf8)
    {
        try
        {
            return Frame.Parse(utf8);
        }
        catch (NotAFrameException refusal)
        {
            Assert.StartsWith("Not a JSON-RPC message: ", refusal.Message);
            return null;
        }
    }

    private static IReadOnlyList<Frame> Split(byte[] utf8)
    {
        var rented = ArrayPool<byte>.Shared.Rent(utf8.Length + 1);
        utf8.CopyTo(rented, 0);
        try
        {
            return Incoming.Read(rented, utf8.Length, MaxBatch);
        }
        catch (NotAFrameException)
        {
            return [];
        }
    }

    // Line breaks between tokens become blanks, an escaped method is written plainly, and half a
    // surrogate pair becomes the replacement character.
    private static void AssertUntouched(byte[] utf8, Frame frame)
    {
        var seen = frame.Utf8.Span;
        var method = MethodIn(utf8, frame);
        Assert.Equal(utf8.Length, seen.Length);
        for (var at = 0; at < utf8.Length; at++)
        {
            var isSame = utf8[at] == seen[at];
            var isBlank = utf8[at] is (byte)'\r' or (byte)'\n' && seen[at] == ' ';
            var isMethod = at >= method.Start && at < method.End;
            Assert.True(isSame || isBlank || isMethod || IsHalf(utf8, seen, at), $"at {at}");
        }
    }

    private static bool IsHalf(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> seen, int at)
    {
        var start = seen[..Math.Min(at + 6, seen.Length)].LastIndexOf("\\ufffd"u8);
        return start >= 0
            && start <= at
            && (utf8[start..].StartsWith("\\ud"u8) || utf8[start..].StartsWith("\\uD"u8));
    }

    private static Slot MethodIn(byte[] utf8, Frame frame)
    {
        if (frame.Method.IsEmpty)
        {
            return default;
        }

        var json = new Utf8JsonReader(utf8.AsSpan(frame.Method.Start), s_json);
        Assert.True(json.Read());
        Assert.Equal(json.GetString(), Encoding.UTF8.GetString(frame[frame.Method][1..^1]));
        return new(frame.Method.Start, (int)json.BytesConsumed);
    }

    private static void AssertSpliced(Frame frame, Random dice)
    {
        var (id, token, requestId) = (Some(dice), Some(dice), Some(dice));
        var output = new ArrayBufferWriter<byte>();

        FrameWriter.Write(output, frame, id, token, requestId);

        Assert.Equal(
            Encoding.UTF8.GetString(
                ByHand(
                    frame,
                    (frame.Id, id),
                    (frame.ProgressToken, token),
                    (frame.RequestId, requestId)
                )
            ),
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
        Assert.Equal(output.WrittenCount, FrameWriter.Measure(frame, id, token, requestId));
        Assert.True(IsJson(output.WrittenSpan));
        using var again = Frame.Parse(output.WrittenSpan);
        Assert.Equal(frame.Kind, again.Kind);
        Assert.Equal(Replaced(frame, frame.Id, id), Encoding.UTF8.GetString(again[again.Id]));
        Assert.Equal(
            Replaced(frame, frame.ProgressToken, token),
            Encoding.UTF8.GetString(again[again.ProgressToken])
        );
    }

    private static byte[] Some(Random dice) =>
        dice.Next(4) == 0 ? [] : Encoding.UTF8.GetBytes(Pieces.Id(dice));

    private static string Replaced(Frame frame, Slot slot, byte[] with) =>
        Encoding.UTF8.GetString(slot.IsEmpty || with.Length == 0 ? frame[slot] : with);

    private static byte[] ByHand(Frame frame, params (Slot Slot, byte[] With)[] parts)
    {
        var bytes = new List<byte>(frame.Utf8.ToArray());
        var given = parts.Where(part => !part.Slot.IsEmpty && part.With.Length > 0);
        foreach (var (slot, with) in given.OrderByDescending(part => part.Slot.Start))
        {
            bytes.RemoveRange(slot.Start, slot.Length);
            bytes.InsertRange(slot.Start, with);
        }

        return [.. bytes];
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8, s_json);
        while (json.Read()) { }

        return json.BytesConsumed == utf8.Length;
    }
}
