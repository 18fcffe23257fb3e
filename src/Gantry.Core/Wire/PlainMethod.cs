using System.Buffers;
using System.Text.Json;

namespace Gantry.Wire;

/// <summary>
/// Rewrites a method that was written with escapes, such as <c>tools\/call</c>, so that everybody
/// who compares bytes sees what a JSON reader sees.
/// </summary>
internal static class PlainMethod
{
    private const int MaxLength = 1024;

    private static readonly SearchValues<byte> s_plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-.:$~"u8
    );

    /// <summary>Writes it in place; what it needs less becomes spaces behind it.</summary>
    public static Slot Write(Span<byte> utf8, Slot method)
    {
        Span<byte> plain = stackalloc byte[MaxLength];
        var token = utf8.Slice(method.Start, method.Length);
        var length = method.Length > MaxLength ? 0 : Read(token, plain);
        if (length == 0 || plain[..length].ContainsAnyExcept(s_plain))
        {
            throw new NotAFrameException(
                "Not a JSON-RPC message: 'method' has characters that no method has.",
                isJson: true
            );
        }

        plain[..length].CopyTo(token[1..]);
        token[length + 1] = (byte)'"';
        token[(length + 2)..].Fill((byte)' ');
        return method with { Length = length + 2 };
    }

    private static int Read(ReadOnlySpan<byte> token, Span<byte> plain)
    {
        var json = new Utf8JsonReader(token);
        json.Read();
        return json.CopyString(plain);
    }
}
