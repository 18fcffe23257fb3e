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

    public static string Of(ServerState state) =>
        state is ServerState.CrashLoop ? "crash loop" : Lower(state);

    public static Colour ColourOf(ServerState state) =>
        state switch
        {
            ServerState.Ready => Colour.Green,
            ServerState.Backoff or ServerState.CrashLoop => Colour.Red,
            ServerState.Starting or ServerState.Stopping or ServerState.Pending => Colour.Yellow,
            _ => Colour.Grey,
        };

    public static string Of(DiagnosticView diagnostic) =>
        $"{diagnostic.File}:{diagnostic.Line}:{diagnostic.Column}: {diagnostic.Code}: "
        + $"{diagnostic.Problem} {diagnostic.Remedy}";

    /// <summary><c>1 server</c>, <c>2 servers</c>.</summary>
    public static string Count(int count, string noun) =>
        Number($"{count} {noun}{(count is 1 ? "" : "s")}");

    private static string Lower(ServerState state) => state.ToString().ToLowerInvariant();

    private static string Number(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
