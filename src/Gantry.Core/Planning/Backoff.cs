using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>
/// How long to leave a failing server alone: doubles with each failure in a row, to a ceiling, and
/// is forgiven by a run that was long enough.
/// </summary>
/// <param name="Failures">How many in a row.</param>
/// <param name="Until">When the next start is due; in the past when nothing stands against it.</param>
internal sealed record Backoff(int Failures, DateTimeOffset Until, Exit? Last)
{
    /// <summary>From so many failures in a row on, a server is said to be in a crash loop.</summary>
    public const int CrashLoopFrom = 5;

    /// <summary>After so long a run, what was before is forgiven.</summary>
    public static readonly TimeSpan StableRun = TimeSpan.FromMinutes(5);

    private const int MaxDoublings = 20;

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_ceiling = TimeSpan.FromMinutes(5);

    private static Backoff None { get; } = new(0, DateTimeOffset.MinValue, null);

    /// <param name="exits">Those that matter for what is to be started, oldest first.</param>
    public static Backoff From(ServerName server, IEnumerable<Exit> exits)
    {
        var failures = 0;
        Exit? last = null;
        foreach (var exit in exits)
        {
            failures = exit.ReadyFor >= StableRun ? 0 : failures;
            if (exit.Cause is not Cause.Asked)
            {
                failures++;
                last = exit;
            }
        }

        return failures == 0 || last is null
            ? None
            : new(failures, NextStart(server, failures, last), last);
    }

    /// <summary>Null when nothing failed lately.</summary>
    public Trouble? Describe(ServerName server) =>
        Last is null ? null
        : Failures >= CrashLoopFrom ? new(TroubleKind.CrashLoop, CrashLoop(server, Last), Until)
        : new(TroubleKind.Backoff, Retrying(server, Last), Until);

    /// <summary>How an instance ended, for people.</summary>
    public static string Describe(Exit exit) =>
        $"{exit.Instance} {Verb(exit.Cause)}{Code(exit.ExitCode)}{Reason(exit.Reason)}";

    private static DateTimeOffset NextStart(ServerName server, int failures, Exit last)
    {
        var delay = s_first * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
        var seed = $"{server} {last.Instance} {last.At.UtcTicks}";
        return last.At.Plus(Jitter.Of(delay < s_ceiling ? delay : s_ceiling, seed));
    }

    private static string Retrying(ServerName server, Exit last) =>
        $"{Sentence(Describe(last))} It is tried again soon; `gantry logs {server}` shows what it wrote.";

    private string CrashLoop(ServerName server, Exit last) =>
        $"It failed {Failures} times in a row, the last time: {Sentence(Describe(last))} "
        + $"`gantry logs {server}` shows what it wrote; "
        + $"`gantry restart {server}` tries again at once.";

    private static string Sentence(string text) =>
        text is [.., '.' or '?' or '!'] ? text : text + ".";

    private static string Verb(Cause cause) =>
        cause switch
        {
            Cause.Asked => "was stopped",
            Cause.Unhealthy => "became unhealthy",
            Cause.OutOfMemory => "ran out of memory",
            Cause.NeverReady => "never became ready",
            _ => "crashed",
        };

    private static string Code(int? code) => code is null ? "" : $" (exit code {code})";

    private static string Reason(string? reason) =>
        string.IsNullOrWhiteSpace(reason) ? "" : $": {reason.TrimEnd('.', '\n', ' ')}";
}
