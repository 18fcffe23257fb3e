using System.Globalization;
using System.Text.RegularExpressions;

namespace Gantry.Access;

/// <summary>So many requests in so much time, such as <c>100/s</c>.</summary>
public readonly partial record struct Rate(int Count, TimeSpan Per)
{
    public const string Pattern = "^[1-9][0-9]{0,6}/(s|m|h)$";

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }

    /// <summary>Null when it is not a number of 1 to 9999999 per s, m or h.</summary>
    public static Rate? Parse(string text)
    {
        if (!Form.IsMatch(text))
        {
            return null;
        }

        var per = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            _ => TimeSpan.FromHours(1),
        };
        return new(int.Parse(text.AsSpan(..^2), CultureInfo.InvariantCulture), per);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Count}/{Unit}");

    private string Unit =>
        Per switch
        {
            { TotalSeconds: <= 1 } => "s",
            { TotalMinutes: <= 1 } => "m",
            _ => "h",
        };
}
