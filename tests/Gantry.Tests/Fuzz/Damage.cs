using System.Text;

namespace Gantry.Fuzz;

/// <summary>Makes what is right wrong.</summary>
internal static class Damage
{
    private static readonly byte[][] s_pieces =
    [
        .. new[]
        {
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u",
            "\\ud800",
            "\n",
            "\r\n",
            "\0",
            "\uFEFF",
            "1e",
            "-",
            "true",
            "null",
            "//",
            "\"id\":1,",
            "\"method\":\"x\",",
            "[[[[[[[[",
            "=?base64?",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF],
        [0xC0, 0xAF],
        [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80],
        [0xE2, 0x82],
    ];

    /// <summary>Half of the time as it is.</summary>
    public static byte[] Maybe(byte[] bytes, Random dice) =>
        dice.Next(2) == 0 ? bytes : Once(bytes, dice);

    /// <summary>With one to four changes.</summary>
    public static byte[] Once(byte[] bytes, Random dice)
    {
        for (var times = dice.Next(1, 5); times > 0; times--)
        {
            bytes = Change(bytes, dice);
        }

        return bytes;
    }

    private static byte[] Change(byte[] bytes, Random dice)
    {
        var at = dice.Next(bytes.Length + 1);
        var end = Math.Min(bytes.Length, at + dice.Next(1, 12));
        return dice.Next(7) switch
        {
            0 or 1 => [.. bytes[..at], .. s_pieces[dice.Next(s_pieces.Length)], .. bytes[at..]],
            2 => [.. bytes[..at], .. bytes[end..]],
            3 => [.. bytes[..end], .. bytes[at..]],
            4 => bytes[..at],
            5 => Nest(bytes, at, dice),
            _ => [.. bytes[..at], (byte)dice.Next(256), .. bytes[Math.Min(at + 1, bytes.Length)..]],
        };
    }

    private static byte[] Nest(byte[] bytes, int at, Random dice)
    {
        var deep = dice.Next(300);
        var brackets = dice.Next(2) == 0 ? "[]" : "{}";
        byte[] opening = [.. Enumerable.Repeat((byte)brackets[0], deep)];
        byte[] closing = [.. Enumerable.Repeat((byte)brackets[1], deep)];
        return [.. bytes[..at], .. opening, .. closing, .. bytes[at..]];
    }
}
