using System.Text;
using System.Text.Json;

namespace Gantry.Wire;

/// <summary>
/// Finds keys that some JSON readers take for one that matters although they are spelled
/// differently: Go's, for one, ignores case, and takes the long s and the Kelvin sign for s and k.
/// </summary>
internal static class Disguise
{
    // Longer than any key that matters even when each letter is escaped.
    private const int MaxKeyLength = 128;

    private static ReadOnlySpan<byte> LongS => [0xC5, 0xBF];

    private static ReadOnlySpan<byte> Kelvin => [0xE2, 0x84, 0xAA];

    public static bool InMessage(in Utf8JsonReader json)
    {
        Span<byte> folded = stackalloc byte[MaxKeyLength];
        var key = Fold(in json, folded);
        return key.Length switch
        {
            2 => key.SequenceEqual("id"u8),
            5 => key.SequenceEqual("error"u8),
            6 => key.SequenceEqual("method"u8)
                || key.SequenceEqual("params"u8)
                || key.SequenceEqual("result"u8),
            7 => key.SequenceEqual("jsonrpc"u8),
            _ => false,
        };
    }

    public static bool InParams(in Utf8JsonReader json)
    {
        Span<byte> folded = stackalloc byte[MaxKeyLength];
        var key = Fold(in json, folded);
        return key.Length switch
        {
            3 => key.SequenceEqual("uri"u8),
            4 => key.SequenceEqual("name"u8),
            5 => key.SequenceEqual("_meta"u8),
            9 => key.SequenceEqual("requestid"u8),
            13 => key.SequenceEqual("progresstoken"u8),
            _ => false,
        };
    }

    public static bool InMeta(in Utf8JsonReader json)
    {
        Span<byte> folded = stackalloc byte[MaxKeyLength];
        var key = Fold(in json, folded);
        return key.SequenceEqual("progresstoken"u8)
            || (key.StartsWith(MetaKey.Prefix) && IsReserved(key[MetaKey.Prefix.Length..]));
    }

    private static bool IsReserved(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("protocolversion"u8)
        || name.SequenceEqual("clientcapabilities"u8)
        || name.SequenceEqual("clientinfo"u8)
        || name.SequenceEqual("loglevel"u8)
        || name.SequenceEqual("subscriptionid"u8);

    private static ReadOnlySpan<byte> Fold(in Utf8JsonReader json, Span<byte> folded)
    {
        if (json.ValueSpan.Length > folded.Length)
        {
            return default;
        }

        var length = json.CopyString(folded);
        var key = folded[..length];
        if (!Ascii.IsValid(key))
        {
            key = Replace(Replace(key, LongS, (byte)'s'), Kelvin, (byte)'k');
        }

        Ascii.ToLowerInPlace(key, out _);
        return key;
    }

    private static Span<byte> Replace(Span<byte> key, ReadOnlySpan<byte> letter, byte with)
    {
        while (key.IndexOf(letter) is var at and >= 0)
        {
            key[at] = with;
            key[(at + letter.Length)..].CopyTo(key[(at + 1)..]);
            key = key[..^(letter.Length - 1)];
        }

        return key;
    }
}
