using System.Globalization;
using Gantry.Bench.Load;
using Gantry.Bench.Subjects;

namespace Gantry.Bench;

/// <summary>Medians over the rounds as a Markdown table, and the ratios that matter.</summary>
internal static class Report
{
    public static void Write(IReadOnlyList<Result> results, TextWriter output)
    {
        output.WriteLine(
            "| gateway | connections | sessions | calls/s | p50 µs | p90 µs | p99 µs | PSS MiB | RSS MiB | wrong |"
        );
        output.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var group in results.GroupBy(result => (result.Cell, result.Subject)))
        {
            output.WriteLine(Row(group.Key.Subject, group.Key.Cell, [.. group]));
        }

        WriteFailures(results, output);
        WriteRatios(results, output);
    }

    private static string Row(string subject, Cell cell, IReadOnlyList<Result> rounds) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {subject} | {cell.Connections} | {cell.Sessions} | "
                + $"{Median(rounds, result => result.Score.CallsPerSecond):N0} | "
                + $"{Median(rounds, result => result.Score.P50):N0} | "
                + $"{Median(rounds, result => result.Score.P90):N0} | "
                + $"{Median(rounds, result => result.Score.P99):N0} | "
                + $"{Median(rounds, result => result.Memory.Pss):N1} | "
                + $"{Median(rounds, result => result.Memory.Rss):N1} | "
                + $"{rounds.Sum(result => result.Score.Wrong)} |"
        );

    private static void WriteFailures(IEnumerable<Result> results, TextWriter output)
    {
        foreach (var result in results.Where(result => result.Score.Failure is not null))
        {
            output.WriteLine($"{result.Subject}, {result.Cell}: {result.Score.Failure}");
        }
    }

    private static void WriteRatios(IReadOnlyList<Result> results, TextWriter output)
    {
        output.WriteLine();
        foreach (var sessions in (int[])[1, 64])
        {
            var cell = new Cell(64, sessions);
            Ratio(
                $"calls/s at 64 connections and {sessions} sessions, against the better peer",
                Of(results, Subject.Gantry, cell, result => result.Score.CallsPerSecond),
                Peers(results, cell, result => result.Score.CallsPerSecond).DefaultIfEmpty().Max(),
                output
            );
            Ratio(
                $"memory at 64 connections and {sessions} sessions, against the better peer",
                Of(results, Subject.Gantry, cell, result => result.Memory.Pss),
                Peers(results, cell, result => result.Memory.Pss).DefaultIfEmpty().Min(),
                output
            );
        }

        Ratio(
            "p50 at 1 connection, against bare Kestrel",
            Of(results, Subject.Gantry, new(1, 1), result => result.Score.P50),
            Of(results, Subject.Kestrel, new(1, 1), result => result.Score.P50),
            output
        );
    }

    private static void Ratio(string what, double ours, double theirs, TextWriter output)
    {
        if (ours > 0 && theirs > 0)
        {
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{ours / theirs, 6:N2} x  {what}")
            );
        }
    }

    private static IEnumerable<double> Peers(
        IReadOnlyList<Result> results,
        Cell cell,
        Func<Result, double> value
    ) =>
        results
            .Select(result => result.Subject)
            .Distinct()
            .Where(name => name is not (Subject.Gantry or Subject.Kestrel))
            .Select(name => Of(results, name, cell, value));

    private static double Of(
        IEnumerable<Result> results,
        string subject,
        Cell cell,
        Func<Result, double> value
    ) => Median(results.Where(result => result.Subject == subject && result.Cell == cell), value);

    private static double Median(IEnumerable<Result> results, Func<Result, double> value)
    {
        var sorted = results.Select(value).Order().ToList();
        return sorted.Count == 0
            ? 0
            : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
