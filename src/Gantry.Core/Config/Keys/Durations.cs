using System.Globalization;
using System.Text.RegularExpressions;

namespace Gantry.Config.Keys;

/// <summary>Durations as people write them.</summary>
public static partial class Durations
{
    /// <summary>A bare number is seconds.</summary>
    public const string Pattern = @"^[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h)?$";

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(30);

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }

    /// <summary>Null when it is not a duration, or longer than a month.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (!Form.IsMatch(text))
        {
            return null;
        }

        var unit = text.AsSpan().TrimStart("0123456789.");
        var number = double.Parse(
            text.AsSpan(0, text.Length - unit.Length),
            CultureInfo.InvariantCulture
        );
        var duration = TimeSpan.FromMilliseconds(number * Milliseconds(unit));
        return duration <= s_longest ? duration : null;
    }

    private static int Milliseconds(ReadOnlySpan<char> unit) =>
        unit switch
        {
            "ms" => 1,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 1000,
        };
}
