using System.Collections.Immutable;
using System.Globalization;
using Gantry.Bench.Subjects;

namespace Gantry.Bench;

internal sealed record Options
{
    public bool Gateways { get; init; } = true;

    public bool Micro { get; init; } = true;

    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long each subject is called before anything is measured.</summary>
    // Gantry's code is compiled twice beside its first calls, which takes half of its time for as
    // long as that lasts. That is over after some ten thousand calls, not after some thousand.
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a host may take of the machine before a measurement is made again.</summary>
    public double MostStolen { get; init; } = 0.02;

    public int Rounds { get; init; } = 5;

    public ImmutableArray<string> Only { get; init; } = Subject.Names;

    /// <summary>The names of the trials; empty for all.</summary>
    public ImmutableArray<string> Trials { get; init; } = [];

    /// <summary>Null when the words make no sense.</summary>
    public static Options? Parse(params ReadOnlySpan<string> words) =>
        words switch
        {
            [] or ["all"] => new Options(),
            ["gateways"] => new Options { Micro = false },
            ["micro"] => new Options { Gateways = false },
            [.. var before, var name, var value] => Parse(before)?.With(name, value),
            _ => null,
        };

    private Options? With(string name, string value) =>
        name switch
        {
            "--seconds" when Number(value) is { } seconds => this with
            {
                Measured = TimeSpan.FromSeconds(seconds),
            },
            "--warm-up" when Number(value) is { } seconds => this with
            {
                WarmUp = TimeSpan.FromSeconds(seconds),
            },
            "--stolen" when Number(value) is { } percent => this with
            {
                MostStolen = percent / 100,
            },
            "--rounds" when Number(value) is { } rounds and >= 1 => this with
            {
                Rounds = (int)rounds,
            },
            "--only" when value.Split(',') is var names && names.All(Subject.Names.Contains) =>
                this with
                {
                    Only = [.. names],
                },
            "--trials" when value.Split(',') is var names && names.All(Trial.Names.Contains) =>
                this with
                {
                    Trials = [.. names],
                },
            _ => null,
        };

    private static double? Number(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
}
