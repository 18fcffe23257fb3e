using System.Globalization;
using Gantry.Admin;
using Gantry.Admin.Views;

namespace Gantry.Cli;

/// <summary>How things are said on a terminal.</summary>
internal static class Wording
{
    /// <summary>A duration in its two largest units at most, such as <c>3h12m</c>.</summary>
    public static string Of(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 1 } => "0s",
            { TotalMinutes: < 1 } => Number($"{span.Seconds}s"),
            { TotalHours: < 1 } => Number($"{span.Minutes}m{span.Seconds}s"),
            { TotalDays: < 1 } => Number($"{span.Hours}h{span.Minutes}m"),
            _ => Number($"{(int)span.TotalDays}d{span.Hours}h"),
        };

    /// <param name="state">As the admin API words it.</param>
    public static string State(string state) => state.Replace('_', ' ');

    public static Colour ColourOf(string state) =>
        state switch
        {
            "ready" => Colour.Green,
            "backoff" or "crash_loop" => Colour.Red,
            "starting" or "stopping" or "pending" => Colour.Yellow,
            _ => Colour.Grey,
        };

    public static string Of(DiagnosticView diagnostic) =>
        $"{diagnostic.File}:{diagnostic.Line}:{diagnostic.Column}: {diagnostic.Code}: "
        + $"{diagnostic.Problem} {diagnostic.Remedy}";

    /// <summary><c>1 server</c>, <c>2 servers</c>.</summary>
    public static string Count(int count, string noun) =>
        Number($"{count} {noun}{(count is 1 ? "" : "s")}");

    private static string Number(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
