using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Reconcile;
using Gantry.Runtimes;

namespace Gantry.Gateway.Routing;

/// <summary>Whether it is worth waiting for a server, and what to tell whoever waited in vain.</summary>
internal static class Outlook
{
    /// <summary>Nobody waits longer, whatever the timeouts add up to; and no timer could.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    public static string Unknown(ServerName server) =>
        $"There is no server '{server}' in the configuration any more.";

    /// <summary>How long to wait: the time to start, after the time that an old one may take to
    /// leave.</summary>
    public static TimeSpan Patience(
        BoardSnapshot board,
        ServerRoute route,
        TimeSpan slack,
        DateTimeOffset now
    )
    {
        var patience = slack;
        if (board.Config.Servers.GetValueOrDefault(route.Server) is { } desired)
        {
            patience += desired.Spec.StartupTimeout;
        }

        foreach (var instance in Instances(board, route))
        {
            if (instance is { Phase: Phase.Draining or Phase.Stopping, Deadline: { } deadline })
            {
                var rest = deadline - now + instance.StopPolicy.Grace;
                patience += rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
            }
        }

        return patience < s_longest ? patience : s_longest;
    }

    /// <summary>Why no instance will come in time, or null while one may.</summary>
    public static string? Hopeless(BoardSnapshot board, ServerRoute route, Waiting waiting)
    {
        if (!board.Config.Servers.ContainsKey(route.Server))
        {
            return Unknown(route.Server);
        }

        if (board.Servers.GetValueOrDefault(route.Server) is not { } status)
        {
            return null;
        }

        return FailedStart(status, route, waiting.Since) is { } reason
            ? $"Server '{route.Server}' did not start: {reason} {SeeLogs(route)}"
            : Hopeless(status, route, waiting);
    }

    public static string TimedOut(BoardSnapshot board, ServerRoute route, TimeSpan patience)
    {
        var reason =
            Instances(board, route).LastOrDefault(instance => instance.Reason is not null)?.Reason
            ?? board.Servers.GetValueOrDefault(route.Server)?.Plan.Trouble?.Message;
        var why = reason is null ? "" : $" {Sentence(reason)}";
        return $"Server '{route.Server}' was not ready within {patience.TotalSeconds:0} s.{why} "
            + SeeLogs(route);
    }

    private static string? Hopeless(ServerStatus status, ServerRoute route, Waiting waiting) =>
        status.Plan.Trouble switch
        {
            null => null,
            { Kind: TroubleKind.Backoff, RetryAt: { } at } when at < waiting.Until => null,
            { Kind: TroubleKind.Full } when IsComing(status, route) => null,
            { Kind: TroubleKind.Paused or TroubleKind.Full } trouble =>
                $"Server '{route.Server}' is not available: {Sentence(trouble.Message)}",
            { } trouble => $"Server '{route.Server}' is not available: {Sentence(trouble.Message)} "
                + SeeLogs(route),
        };

    // The server may be full with this very session.
    private static bool IsComing(ServerStatus status, ServerRoute route) =>
        status.Instances.Any(instance => instance.IsUp && instance.Session == route.Session)
        || status.Plan.Steps.Any(step =>
            step is Step.Start start && start.Session == route.Session
        );

    // Whoever waits sees one attempt fail, not all of them.
    private static string? FailedStart(ServerStatus status, ServerRoute route, DateTimeOffset since)
    {
        foreach (var exit in status.Exits)
        {
            if (
                exit.At >= since
                && exit.ReadyFor == TimeSpan.Zero
                && exit.Cause is not Cause.Asked
                && IsFor(exit, status, route)
            )
            {
                return Sentence(exit.Reason ?? "it ended before it was ready");
            }
        }

        return null;
    }

    private static bool IsFor(Exit exit, ServerStatus status, ServerRoute route) =>
        route.Session is null
        || (
            status.Desired is { } desired && exit.Instance == InstanceId.Of(desired, route.Session)
        );

    private static IEnumerable<Instance> Instances(BoardSnapshot board, ServerRoute route) =>
        (board.Servers.GetValueOrDefault(route.Server)?.Instances ?? []).Where(instance =>
            string.Equals(instance.Session, route.Session, StringComparison.Ordinal)
        );

    private static string SeeLogs(ServerRoute route) => $"See 'gantry logs {route.Server}'.";

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
