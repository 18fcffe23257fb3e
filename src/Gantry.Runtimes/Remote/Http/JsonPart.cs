using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Finds a value in JSON text without making objects of it.</summary>
internal static class JsonPart
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, s_options);

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
            var isIt = json.ValueTextEquals(name);
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

    /// <summary>The value at the end of a chain of members.</summary>
    public static ReadOnlySpan<byte> At(ReadOnlySpan<byte> @object, IEnumerable<byte[]> path)
    {
        foreach (var name in path)
        {
            @object = Member(@object, name);
        }

        return @object;
    }

    public static int? Number(ReadOnlySpan<byte> value)
    {
        var json = Reader(value);
        return
            !value.IsEmpty
            && json.Read()
            && json.TokenType is JsonTokenType.Number
            && json.TryGetInt32(out var number)
            ? number
            : null;
    }
}
