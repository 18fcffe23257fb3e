using System.Collections.Immutable;
using System.Globalization;

namespace Gantry.Bench;

internal sealed record Options
{
    public bool Gateways { get; init; } = true;

    public bool Micro { get; init; } = true;

    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(3);

    public int Rounds { get; init; } = 5;

    /// <summary>Empty for all.</summary>
    public ImmutableArray<string> Only { get; init; } = [];

    /// <summary>Null when the words make no sense.</summary>
    public static Options? Parse(params ReadOnlySpan<string> words) =>
        words switch
        {
            [] or ["all"] => new Options(),
            ["gateways"] => new Options { Micro = false },
            ["micro"] => new Options { Gateways = false },
            [.. var before, "--seconds", var text] when Number(text) is { } seconds => Parse(before)
                is { } options
                ? options with
                {
                    Measured = TimeSpan.FromSeconds(seconds),
                }
                : null,
            [.. var before, "--rounds", var text] when Number(text) is { } rounds => Parse(before)
                is { } options
                ? options with
                {
                    Rounds = rounds,
                }
                : null,
            [.. var before, "--only", var names] => Parse(before) is { } options
                ? options with
                {
                    Only = [.. names.Split(',')],
                }
                : null,
            _ => null,
        };

    private static int? Number(string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
}
