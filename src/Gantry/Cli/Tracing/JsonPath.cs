using System.Globalization;
using System.Text;

namespace Gantry.Cli.Tracing;

/// <summary>
/// Where in a message something stands: <c>result.content[0].text</c>. In a path that is to be
/// ignored <c>*</c> stands for any name or number, and what lies below is ignored too.
/// </summary>
internal sealed class JsonPath
{
    private const string Any = "*";

    private readonly string[] _parts;

    private JsonPath(string[] parts) => _parts = parts;

    public static JsonPath Root { get; } = new([]);

    /// <exception cref="FormatException">It is no path.</exception>
    public static JsonPath Parse(string text)
    {
        var parts = new List<string>();
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            parts.Add(TakePart(ref rest, text));
        }

        return parts.Count > 0
            ? new([.. parts])
            : throw new FormatException("A path names at least one member.");
    }

    public JsonPath Member(string name) => new([.. _parts, name]);

    public JsonPath Item(int index) =>
        new([.. _parts, index.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Whether it is this path or leads to something below.</summary>
    public bool Covers(JsonPath other) =>
        other._parts.Length >= _parts.Length
        && _parts.Zip(other._parts).All(pair => pair.First is Any || pair.First == pair.Second);

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (IsNumber(part))
            {
                text.Append('[').Append(part).Append(']');
            }
            else if (part.AsSpan().IndexOfAny('.', '[', ']') >= 0)
            {
                text.Append("[\"").Append(part).Append("\"]");
            }
            else
            {
                text.Append(text.Length > 0 ? "." : "").Append(part);
            }
        }

        return text.ToString();
    }

    private static bool IsNumber(string part) => part.Length > 0 && part.All(char.IsAsciiDigit);

    private static string TakePart(ref ReadOnlySpan<char> rest, string whole)
    {
        if (rest is ['[', '"', ..])
        {
            return TakeUntil(ref rest, 2, "\"]", whole);
        }

        if (rest is ['[', ..])
        {
            return TakeUntil(ref rest, 1, "]", whole);
        }

        rest = rest is ['.', ..] ? rest[1..] : rest;
        var length = rest.IndexOfAny('.', '[');
        length = length < 0 ? rest.Length : length;
        var part = rest[..length].ToString();
        rest = rest[length..];
        return part.Length > 0 ? part : throw NoPath(whole);
    }

    private static string TakeUntil(
        ref ReadOnlySpan<char> rest,
        int start,
        string end,
        string whole
    )
    {
        var length = rest[start..].IndexOf(end);
        if (length <= 0)
        {
            throw NoPath(whole);
        }

        var part = rest.Slice(start, length).ToString();
        rest = rest[(start + length + end.Length)..];
        return part;
    }

    private static FormatException NoPath(string text) =>
        new($"'{text}' is no path. Write it like result.content[0].text or result.tools[*].title.");
}
