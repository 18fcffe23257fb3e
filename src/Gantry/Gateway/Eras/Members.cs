using System.Text.Json;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>Adds members to objects within a frame, and takes them out.</summary>
internal static class Members
{
    /// <param name="members">As JSON text, with a comma behind the last.</param>
    public static void Add(Frame frame, Slot into, ReadOnlyMemory<byte> members)
    {
        var isEmpty = frame[into][1..^1].Trim(" \t\r\n"u8).IsEmpty;
        frame.Splice(new(into.Start + 1, 0), isEmpty ? members[..^1] : members);
    }

    /// <summary>Takes out members, and with each the comma that it needed.</summary>
    /// <param name="members">With their keys; those that are empty are not there.</param>
    public static void Remove(Frame frame, params ReadOnlySpan<Slot> members)
    {
        Span<Slot> sorted = stackalloc Slot[members.Length];
        members.CopyTo(sorted);
        sorted.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        var removedTo = 0;
        foreach (var member in sorted)
        {
            if (!member.IsEmpty)
            {
                var slot = WithComma(frame.Utf8.Span, member, removedTo);
                frame.Splice(slot, default);
                removedTo = slot.End;
            }
        }
    }

    /// <summary>Takes out of an object the members whose keys begin so.</summary>
    public static void Remove(Frame frame, Slot from, ReadOnlySpan<byte> prefix)
    {
        var json = FrameText.Reader(frame[from]);
        json.Read();
        var removed = default(Slot);
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var start = (int)json.TokenStartIndex;
            var isOne = StartsWith(in json, prefix);
            json.Read();
            json.Skip();
            if (isOne)
            {
                var member = new Slot(from.Start + start, (int)json.BytesConsumed - start);
                var slot = WithComma(frame.Utf8.Span, member, removed.End);
                removed = Join(frame, removed, slot);
            }
        }

        if (!removed.IsEmpty)
        {
            frame.Splice(removed, default);
        }
    }

    // What goes out side by side is one splice.
    private static Slot Join(Frame frame, Slot removed, Slot next)
    {
        if (!removed.IsEmpty && removed.End == next.Start)
        {
            return new(removed.Start, removed.Length + next.Length);
        }

        if (!removed.IsEmpty)
        {
            frame.Splice(removed, default);
        }

        return next;
    }

    /// <summary>A member by its value, when its key is spelled plainly.</summary>
    /// <param name="value">Empty when there is none.</param>
    public static Slot OfValue(Frame frame, Slot value)
    {
        if (value.IsEmpty)
        {
            return default;
        }

        var before = frame.Utf8.Span[..value.Start];
        var key = before[..before.LastIndexOf((byte)'"')];
        var start = key.LastIndexOf((byte)'"');
        return new(start, value.End - start);
    }

    // The comma before it, unless that is gone already or there is none: then the one behind it.
    private static Slot WithComma(ReadOnlySpan<byte> utf8, Slot member, int removedTo)
    {
        var before = utf8[..member.Start].TrimEnd(" \t\r\n"u8).Length - 1;
        if (before >= removedTo && utf8[before] == (byte)',')
        {
            return new(before, member.End - before);
        }

        var rest = utf8[member.End..];
        var after = rest.Length - rest.TrimStart(" \t\r\n"u8).Length;
        return rest[after] == (byte)',' ? new(member.Start, member.Length + after + 1) : member;
    }

    private static bool StartsWith(in Utf8JsonReader json, ReadOnlySpan<byte> prefix)
    {
        if (!json.ValueIsEscaped)
        {
            return json.ValueSpan.StartsWith(prefix);
        }

        var key = new byte[json.ValueSpan.Length];
        return key.AsSpan(0, json.CopyString(key)).StartsWith(prefix);
    }
}
