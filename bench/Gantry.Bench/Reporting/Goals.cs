using System.Collections.Immutable;
using System.Globalization;
using Gantry.Bench.Load;
using Gantry.Bench.Subjects;

namespace Gantry.Bench.Reporting;

/// <summary>
/// What Gantry is to reach, and whether it did. A ratio is taken within each round, where both sides
/// had the same machine, and the median of these is shown with the least and the greatest.
/// </summary>
internal static class Goals
{
    private static readonly Cell s_one = new(1, 1);
    private static readonly Cell s_many = new(64, 1);
    private static readonly Cell s_manySessions = new(64, 64);
    private static readonly Cell s_paced = new(64, 1, Rate: 10_000);

    private static readonly Figure s_echo = new(Subject.Gantry, Trial.Echo, s_many);

    private static readonly ImmutableArray<Goal> s_all =
    [
        Peers("calls/s of the better peer, 64 connections", s_many, Speed) with
        {
            Least = 8,
        },
        Peers("calls/s of the better peer, 64 connections and sessions", s_manySessions, Speed) with
        {
            Least = 8,
        },
        new("calls/s of bare Kestrel, 64 connections", s_echo, [Kestrel(Trial.Echo, s_many)], Speed)
        {
            Least = 0.45,
        },
        new(
            "p50 of bare Kestrel, 1 connection",
            s_echo with
            {
                Cell = s_one,
            },
            [Kestrel(Trial.Echo, s_one)],
            score => score.P50
        )
        {
            Most = 3,
        },
        new(
            "p99 of bare Kestrel at 10,000 calls/s",
            new(Subject.Gantry, Trial.Paced, s_paced),
            [Kestrel(Trial.Paced, s_paced)],
            score => score.P99
        )
        {
            Most = 3,
        },
        Modern("legacy calls/s, modern client, 1 connection", Trial.Modern, s_one),
        Modern("legacy calls/s, modern client, 64 connections", Trial.Modern, s_many),
        Modern("legacy calls/s, modern client and server", Trial.BothModern, s_many),
        new(
            "answers of 1 MB per second of a raw copy",
            new(Subject.Gantry, Trial.Large, s_one),
            [new(Subject.Copy, Trial.Large, s_one)],
            Speed
        )
        {
            Least = 0.5,
        },
        new(
            "calls/s of nginx before an HTTP server, 64 connections",
            new(Subject.GantryHttp, Trial.Http, s_many),
            [new(Subject.Nginx, Trial.Http, s_many)],
            Speed
        )
        {
            Least = 0.5,
        },
        Allocation("bytes allocated for a call", s_echo, 2560),
        Allocation(
            "bytes allocated for a call of a modern client",
            s_echo with
            {
                Trial = Trial.Modern,
            },
            2560
        ),
        Allocation(
            "bytes allocated for a call of an HTTP server",
            new(Subject.GantryHttp, Trial.Http, s_many),
            6 * 1024
        ),
        new(
            "ms for the list of 70 servers with 527 tools",
            new(Subject.GantryMany, Trial.Many, s_one),
            [],
            score => score.P50 / 1000
        )
        {
            Most = 5,
        },
    ];

    public static void Write(IReadOnlyList<Result> results, TextWriter output)
    {
        output.WriteLine("| Gantry's | measured | least to greatest | goal | |");
        output.WriteLine("|---|--:|--:|--:|---|");
        foreach (var goal in s_all)
        {
            if (Median.Of(goal.In(results)) is { } measured)
            {
                output.WriteLine(Row(goal, measured, [.. goal.In(results)]));
            }
        }
    }

    private static string Row(Goal goal, double measured, IReadOnlyList<double> all) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {goal.What} | {measured:#,0.##} | {all.Min():#,0.##} to {all.Max():#,0.##} | "
                + $"{goal.Wanted} | {(goal.IsReachedBy(measured) ? "reached" : "not reached")} |"
        );

    private static Goal Peers(string what, Cell cell, Func<Score, double> value) =>
        new(
            what,
            s_echo with
            {
                Cell = cell,
            },
            [.. Subject.Peers.Select(peer => new Figure(peer, Trial.Echo, cell))],
            value
        );

    private static Goal Modern(string what, string trial, Cell cell) =>
        new(what, new(Subject.Gantry, trial, cell), [s_echo with { Cell = cell }], Speed)
        {
            Least = 0.9,
        };

    private static Goal Allocation(string what, Figure figure, double budget) =>
        new(what, figure, [], score => score.Allocated ?? double.NaN) { Most = budget };

    private static Figure Kestrel(string trial, Cell cell) => new(Subject.Kestrel, trial, cell);

    private static double Speed(Score score) => score.CallsPerSecond;
}

/// <summary>One row of the results.</summary>
internal sealed record Figure(string Subject, string Trial, Cell Cell)
{
    public Score? In(IEnumerable<Result> round) =>
        round
            .FirstOrDefault(result =>
                result.Subject == Subject && result.Trial.Name == Trial && result.Trial.Cell == Cell
            )
            ?.Score;
}

/// <param name="Others">What it is compared with, the best of them; none for a value that stands
/// alone.</param>
internal sealed record Goal(
    string What,
    Figure Ours,
    ImmutableArray<Figure> Others,
    Func<Score, double> Value
)
{
    public double Least { get; init; }

    public double Most { get; init; } = double.PositiveInfinity;

    public string Wanted =>
        Least > 0
            ? string.Create(CultureInfo.InvariantCulture, $"at least {Least:#,0.##}")
            : string.Create(CultureInfo.InvariantCulture, $"at most {Most:#,0.##}");

    public bool IsReachedBy(double measured) => measured >= Least && measured <= Most;

    /// <summary>The value of each round that has both sides.</summary>
    public IEnumerable<double> In(IEnumerable<Result> results) =>
        results.GroupBy(result => result.Round).Select(OfRound).OfType<double>();

    private double? OfRound(IEnumerable<Result> round)
    {
        var ours = Ours.In(round);
        var others = Others.Select(other => other.In(round)).OfType<Score>().Select(Value).ToList();
        return ours is null || others.Count < Others.Length ? null
            : Others.IsEmpty ? Value(ours)
            : Value(ours) / others.Max();
    }
}
