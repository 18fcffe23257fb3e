namespace Gantry.Wire;

/// <summary>
/// Half of a surrogate pair, escaped, is JSON but no text: clients that cut a text in the middle of
/// a picture send it, and who reads it as a text fails, each in a way of its own. So none gets
/// further than a message's scan.
/// </summary>
internal static class HalfPairs
{
    private const int EscapeLength = 6;

    private static ReadOnlySpan<byte> Replacement => "\\ufffd"u8;

    /// <summary>
    /// Writes the replacement character in the place of each in the body. Ids and tokens are kept
    /// to the letter: nobody reads them, and their owner must know them again.
    /// </summary>
    /// <param name="utf8">A message that was found to be JSON.</param>
    public static void Replace(Span<byte> utf8, in FrameLayout layout)
    {
        var body = utf8.Slice(layout.Body.Start, layout.Body.Length);
        var first = body.IndexOf((byte)'\\');
        if (first < 0 || !HasSurrogates(body[first..]))
        {
            return;
        }

        for (var at = layout.Body.Start + first; at < layout.Body.End; )
        {
            var next = utf8[at..layout.Body.End].IndexOf((byte)'\\');
            if (next < 0)
            {
                return;
            }

            at += next;
            at += Replace(utf8[at..layout.Body.End], IsKept(at, in layout));
        }
    }

    // Two searches that are fast; the escapes one by one would not be.
    private static bool HasSurrogates(ReadOnlySpan<byte> body) =>
        body.IndexOf("\\ud"u8) >= 0 || body.IndexOf("\\uD"u8) >= 0;

    // Gives how far the escape reaches.
    private static int Replace(Span<byte> escape, bool isKept)
    {
        if (!IsSurrogate(escape, "89abAB"u8) && !IsSurrogate(escape, "cdefCDEF"u8))
        {
            return 2;
        }

        if (IsSurrogate(escape, "89abAB"u8) && IsSurrogate(escape[EscapeLength..], "cdefCDEF"u8))
        {
            return 2 * EscapeLength;
        }

        if (!isKept)
        {
            Replacement.CopyTo(escape);
        }

        return EscapeLength;
    }

    private static bool IsSurrogate(ReadOnlySpan<byte> escape, ReadOnlySpan<byte> which) =>
        escape is [(byte)'\\', (byte)'u', (byte)'d' or (byte)'D', var digit, _, _, ..]
        && which.Contains(digit);

    private static bool IsKept(int at, in FrameLayout layout) =>
        IsIn(at, layout.ProgressToken)
        || IsIn(at, layout.RequestId)
        || IsIn(at, layout.SubscriptionId);

    private static bool IsIn(int at, Slot slot) => at >= slot.Start && at < slot.End;
}
