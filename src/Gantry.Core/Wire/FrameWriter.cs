using System.Buffers;

namespace Gantry.Wire;

/// <summary>
/// Writes a frame with some of its values replaced, splicing bytes: nothing is parsed into objects
/// and written again. An empty replacement leaves the value as it is.
/// </summary>
public static class FrameWriter
{
    private const int MaxContiguous = 4096;

    /// <summary>How many bytes <see cref="Write"/> will write.</summary>
    public static int Measure(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken = default,
        ReadOnlySpan<byte> requestId = default
    ) =>
        frame.Length
        + Growth(frame.Id, id)
        + Growth(frame.ProgressToken, progressToken)
        + Growth(frame.RequestId, requestId)
        + Growth(frame.Splices);

    public static void Write(
        IBufferWriter<byte> output,
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken = default,
        ReadOnlySpan<byte> requestId = default
    )
    {
        var length = Measure(frame, id, progressToken, requestId);
        if (length > MaxContiguous)
        {
            WriteParts(output, frame, id, progressToken, requestId);
            return;
        }

        var rest = output.GetSpan(length);
        var from = 0;
        var splices = frame.Splices;
        do
        {
            var next = Next(frame, from, id, progressToken, requestId, out var replacement);
            Prefer(ref splices, ref next, ref replacement);
            Copy(frame.Utf8.Span[from..next.Start], ref rest);
            Copy(replacement, ref rest);
            from = next.End;
        } while (from < frame.Length);

        output.Advance(length);
    }

    /// <summary>
    /// What <see cref="Write"/> would write, part by part and without a copy, for whoever must pause
    /// in the middle of a long frame.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Parts(
        Frame frame,
        ReadOnlyMemory<byte> id,
        ReadOnlyMemory<byte> progressToken
    )
    {
        var from = 0;
        var spliced = 0;
        do
        {
            var next = Next(frame, from, id.Span, progressToken.Span, default, out _);
            var with =
                next.IsEmpty ? default
                : next == frame.Id ? id
                : progressToken;
            if (spliced < frame.Splices.Length && frame.Splices[spliced].Slot.Start <= next.Start)
            {
                (next, with) = frame.Splices[spliced++];
            }

            yield return frame.Utf8[from..next.Start];
            yield return with;
            from = next.End;
        } while (from < frame.Length);
    }

    // A long frame goes into as many pieces of the output as it takes, not into one great buffer.
    private static void WriteParts(
        IBufferWriter<byte> output,
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId
    )
    {
        var from = 0;
        var splices = frame.Splices;
        do
        {
            var next = Next(frame, from, id, progressToken, requestId, out var replacement);
            Prefer(ref splices, ref next, ref replacement);
            output.Write(frame.Utf8.Span[from..next.Start]);
            output.Write(replacement);
            from = next.End;
        } while (from < frame.Length);
    }

    // The values stand in any order, so the leftmost one not yet passed comes next; behind the last
    // comes the end, with nothing to replace.
    private static Slot Next(
        Frame frame,
        int from,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId,
        out ReadOnlySpan<byte> replacement
    )
    {
        var next = new Slot(frame.Length, 0);
        replacement = default;
        Consider(frame.Id, id, from, ref next, ref replacement);
        Consider(frame.ProgressToken, progressToken, from, ref next, ref replacement);
        Consider(frame.RequestId, requestId, from, ref next, ref replacement);
        return next;
    }

    private static void Prefer(
        ref ReadOnlySpan<Splice> splices,
        ref Slot next,
        ref ReadOnlySpan<byte> replacement
    )
    {
        if (!splices.IsEmpty && splices[0].Slot.Start <= next.Start)
        {
            next = splices[0].Slot;
            replacement = splices[0].With.Span;
            splices = splices[1..];
        }
    }

    private static void Consider(
        Slot slot,
        ReadOnlySpan<byte> with,
        int from,
        ref Slot next,
        ref ReadOnlySpan<byte> replacement
    )
    {
        if (slot.IsEmpty || with.IsEmpty || slot.Start < from)
        {
            return;
        }

        if (slot.Start < next.Start)
        {
            next = slot;
            replacement = with;
        }
    }

    private static int Growth(Slot slot, ReadOnlySpan<byte> replacement) =>
        slot.IsEmpty || replacement.IsEmpty ? 0 : replacement.Length - slot.Length;

    private static int Growth(ReadOnlySpan<Splice> splices)
    {
        var growth = 0;
        foreach (var splice in splices)
        {
            growth += splice.With.Length - splice.Slot.Length;
        }

        return growth;
    }

    private static void Copy(ReadOnlySpan<byte> bytes, ref Span<byte> to)
    {
        bytes.CopyTo(to);
        to = to[bytes.Length..];
    }
}
