using System.Text.RegularExpressions;
using Gantry.Config;

namespace Gantry.Tracing;

/// <summary>
/// Finds in running text what is most likely a secret: what follows <c>Bearer</c>, signed tokens,
/// header lines, the password of an address, and values beside a telling name.
/// </summary>
internal static partial class TokenTexts
{
    private const string Name =
        "(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|"
        + "secret[_-]?key|credentials?|(?<!progress|page|next|continuation)[_-]?token)";

    [GeneratedRegex(@"\b(bearer)\s+[A-Za-z0-9._~+/=-]{6,}", RegexOptions.IgnoreCase)]
    private static partial Regex Bearer { get; }

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")]
    private static partial Regex Signed { get; }

    [GeneratedRegex(
        @"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\s*[:=]\s*)[^\r\n]+",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex HeaderLine { get; }

    [GeneratedRegex(@"(?<=://[^/\s:@]{0,256}:)[^/\s@]+(?=@)")]
    private static partial Regex AddressPassword { get; }

    [GeneratedRegex(
        "(" + Name + @"\\*[""']?\s*[:=]\s*\\*)(""(?:[^""\\]|\\.)*""?|'[^']*'?|[^\s,;&""'}\])\\]+)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Named { get; }

    public static string Hide(string text)
    {
        text = HeaderLine.Replace(text, $"$1$2{SecretTexts.Hidden}");
        text = Bearer.Replace(text, $"$1 {SecretTexts.Hidden}");
        text = Signed.Replace(text, SecretTexts.Hidden);
        text = AddressPassword.Replace(text, SecretTexts.Hidden);
        return Named.Replace(text, Beside);
    }

    // With quotes where there were some, so that a text which is JSON stays that.
    private static string Beside(Match match)
    {
        var value = match.Groups[2].Value;
        var quote = value[0] is '"' or '\'' ? value[..1] : "";
        return match.Groups[1].Value + quote + SecretTexts.Hidden + quote;
    }
}
