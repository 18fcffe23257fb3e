using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Gantry.Config;

/// <summary>
/// What stands between the name of a server and that of one of its tools. Holds a character that
/// no server name has, so that it can always be told where the one ends and the other begins.
/// </summary>
public readonly record struct Separator
{
    /// <summary>How long it may be.</summary>
    public const int MaxLength = 4;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("_.-");
    private static readonly SearchValues<char> s_inNoServerName = SearchValues.Create("_.");

    private readonly string? _text;

    private Separator(string text) => _text = text;

    public static Separator Default { get; } = new("__");

    public static bool TryParse([NotNullWhen(true)] string? text, out Separator separator)
    {
        separator = new(text ?? "");
        return text is { Length: > 0 and <= MaxLength }
            && !text.AsSpan().ContainsAnyExcept(s_allowed)
            && text.AsSpan().ContainsAny(s_inNoServerName);
    }

    public string Join(string server, string name) => server + ToString() + name;

    /// <summary>Where the separator begins; -1 when there is none.</summary>
    public int IndexIn(ReadOnlySpan<char> name)
    {
        var text = ToString();
        var at = name.IndexOfAny(s_inNoServerName) - text.AsSpan().IndexOfAny(s_inNoServerName);
        return at > 0 && name[at..].StartsWith(text, StringComparison.Ordinal) ? at : -1;
    }

    public override string ToString() => _text ?? "__";
}
