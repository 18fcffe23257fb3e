using System.Buffers.Text;
using System.Text;

namespace Gantry.Gateway.Messages;

/// <summary>Texts in headers, which hold plain letters only: others are wrapped (SEP-2243).</summary>
internal static class HeaderText
{
    public const string Start = "=?base64?";
    private const string End = "?=";

    /// <summary>A text of any kind as the value of a header.</summary>
    public static string Encode(string text) =>
        $"{Start}{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}{End}";

    /// <summary>What the value says; null when it is wrapped and broken.</summary>
    public static string? Decode(string value)
    {
        if (
            !value.StartsWith(Start, StringComparison.Ordinal)
            || !value.EndsWith(End, StringComparison.Ordinal)
            || value.Length < Start.Length + End.Length
        )
        {
            return value;
        }

        var wrapped = value.AsSpan(Start.Length..^End.Length);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(wrapped.Length)];
        return
            !wrapped.ContainsAny(" \t\r\n")
            && Convert.TryFromBase64Chars(wrapped, bytes, out var length)
            && System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : null;
    }
}
