using System.Text.RegularExpressions;

namespace Gantry.Access;

/// <summary>Pages named by a regular expression between slashes, instead of one by one.</summary>
public static class OriginPattern
{
    private const char Mark = '/';

    public static bool IsOne(string text) => text is [Mark, _, .., Mark];

    /// <summary>Null when it is none that can be understood.</summary>
    // Whoever sends a request chooses what is looked at: that takes time in proportion to its
    // length, whatever the pattern.
    public static Regex? Parse(string text)
    {
        try
        {
            return new(text[1..^1], RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Whether what it names may stand anywhere, so that it fits origins that only look
    /// like those that were meant.</summary>
    public static bool IsLoose(string text) => !text.StartsWith("/^", StringComparison.Ordinal);
}
