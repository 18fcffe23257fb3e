using System.Buffers;

namespace Gantry.Wire;

/// <summary>
/// Writes a frame with some of its values replaced, splicing bytes: nothing is parsed into objects
/// and written again. An empty replacement leaves the value as it is.
/// </summary>
public static class FrameWriter
{
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
        + Growth(frame.RequestId, requestId);

    public static void Write(
        IBufferWriter<byte> output,
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken = default,
        ReadOnlySpan<byte> requestId = default
    )
    {
        var length = Measure(frame, id, progressToken, requestId);
        var rest = output.GetSpan(length);
        var from = 0;
        for (var done = 0; done < 3; done++)
        {
            var next = Next(frame, from, id, progressToken, requestId, out var replacement);
            if (next.IsEmpty)
            {
                break;
            }

            Copy(frame.Utf8.Span[from..next.Start], ref rest);
            Copy(replacement, ref rest);
            from = next.End;
        }

        Copy(frame.Utf8.Span[from..], ref rest);
        output.Advance(length);
    }

    // The values stand in any order, so the leftmost one not yet passed comes next.
    private static Slot Next(
        Frame frame,
        int from,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId,
        out ReadOnlySpan<byte> replacement
    )
    {
        Slot next = default;
        replacement = default;
        Consider(frame.Id, id, from, ref next, ref replacement);
        Consider(frame.ProgressToken, progressToken, from, ref next, ref replacement);
        Consider(frame.RequestId, requestId, from, ref next, ref replacement);
        return next;
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

        if (next.IsEmpty || slot.Start < next.Start)
        {
            next = slot;
            replacement = with;
        }
    }

    private static int Growth(Slot slot, ReadOnlySpan<byte> replacement) =>
        slot.IsEmpty || replacement.IsEmpty ? 0 : replacement.Length - slot.Length;

    private static void Copy(ReadOnlySpan<byte> bytes, ref Span<byte> to)
    {
        bytes.CopyTo(to);
        to = to[bytes.Length..];
    }
}
