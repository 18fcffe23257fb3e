using System.Globalization;
using Gantry.Bench.Load;

namespace Gantry.Bench.Reporting;

/// <summary>Medians over the rounds as Markdown tables: what was measured, and the goals.</summary>
internal static class Report
{
    public static void Write(IReadOnlyList<Result> results, TextWriter output)
    {
        output.WriteLine(
            "| measured | subject | connections | sessions | calls/s | p50 µs | p90 µs | p99 µs | CPU µs/call | load µs/call | B/call | PSS MiB | RSS MiB | stolen % | wrong |"
        );
        output.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (
            var rounds in results
                .GroupBy(result => (result.Trial.Name, result.Trial.Cell, result.Subject))
                .OrderBy(group =>
                    results.ToList().FindIndex(result => result.Trial.Name == group.Key.Name)
                )
                .ThenBy(group => group.Key.Cell.Connections * group.Key.Cell.Sessions)
        )
        {
            output.WriteLine(Row([.. rounds]));
        }

        WriteFailures(results, output);
        output.WriteLine();
        Goals.Write(results, output);
    }

    private static string Row(IReadOnlyList<Result> rounds)
    {
        var (_, subject, trial, _) = rounds[0];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {trial.Name} | {subject} | {trial.Cell.Connections} | {trial.Cell.Sessions} | "
                + $"{Of(rounds, score => score.CallsPerSecond):N0} | "
                + $"{Of(rounds, score => score.P50):N0} | "
                + $"{Of(rounds, score => score.P90):N0} | "
                + $"{Of(rounds, score => score.P99):N0} | "
                + $"{Of(rounds, score => score.Cpu):N1} | "
                + $"{Of(rounds, score => score.OwnCpu):N1} | "
                + $"{Of(rounds, score => score.Allocated):N0} | "
                + $"{Of(rounds, score => score.Memory.Pss):N1} | "
                + $"{Of(rounds, score => score.Memory.Rss):N1} | "
                + $"{rounds.Max(result => result.Score.Stolen) * 100:N1} | "
                + $"{rounds.Sum(result => result.Score.Wrong)} |"
        );
    }

    private static double? Of(IEnumerable<Result> rounds, Func<Score, double?> value) =>
        Median.Of(rounds.Select(result => value(result.Score)).OfType<double>());

    private static void WriteFailures(IEnumerable<Result> results, TextWriter output)
    {
        foreach (var result in results.Where(result => result.Score.Failure is not null))
        {
            output.WriteLine($"{result.Subject}, {result.Trial.Cell}: {result.Score.Failure}");
        }
    }
}
