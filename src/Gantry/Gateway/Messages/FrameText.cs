using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Gateway.Messages;

/// <summary>Reads the few values of a frame that Gantry itself acts on.</summary>
internal static class FrameText
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    /// <summary>A value as text; null when it is not a string.</summary>
    public static string? Text(this Frame frame, Slot slot) => Text(frame[slot]);

    /// <summary>A string directly in <c>params</c>; null when there is none.</summary>
    public static string? Param(this Frame frame, ReadOnlySpan<byte> name) =>
        Text(Member(frame[frame.Body], name));

    /// <summary>A reader for a part of a frame.</summary>
    public static Utf8JsonReader Reader(ReadOnlySpan<byte> part) => new(part, s_options);

    /// <summary>The JSON text of a member of an object; empty when it has none of that name.</summary>
    public static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> @object, ReadOnlySpan<byte> name)
    {
        var json = Reader(@object);
        if (@object.IsEmpty || !json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            return default;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isIt = !json.ValueIsEscaped && json.ValueTextEquals(name);
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (isIt)
            {
                return @object[start..(int)json.BytesConsumed];
            }
        }

        return default;
    }

    /// <summary>A string, given as JSON text; null when it is none.</summary>
    public static string? Text(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] != '"')
        {
            return null;
        }

        var json = new Utf8JsonReader(value);
        json.Read();
        return String(in json);
    }

    /// <summary>The string that the reader stands on; null when it is no text.</summary>
    public static string? String(in Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but not text.
            return null;
        }
    }
}
