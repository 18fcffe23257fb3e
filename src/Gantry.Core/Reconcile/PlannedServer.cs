using Gantry.Config;
using Gantry.Planning;

namespace Gantry.Reconcile;

/// <summary>What a configuration would do to one server.</summary>
/// <param name="Plan">What its loop would do first.</param>
/// <param name="Summary">One line for people, such as <c>replace: arguments changed</c>.</param>
public sealed record PlannedServer(ServerName Name, Plan Plan, string Summary)
{
    /// <param name="was">What the server is now; null when it is new.</param>
    /// <param name="facts">As they would be with the new configuration.</param>
    internal static PlannedServer Of(ServerName name, Desired? was, Facts facts) =>
        new(name, Planner.Make(facts), Summarise(was, facts));

    private static string Summarise(Desired? was, Facts facts) =>
        facts.Desired is not { } desired ? "stop: removed"
        : was is null ? New(desired.Spec, facts.Intent)
        : Change(was, desired, IsUp(facts));

    private static string New(ServerSpec spec, Intent intent) =>
        intent.Paused ? "none: stopped by the operator"
        : spec.Isolation is Isolation.Session ? "start with each session"
        : spec.Isolation is Isolation.Principal ? "start with each caller"
        : spec.Start is StartMode.OnDemand ? "start on first call"
        : "start";

    private static string Change(Desired was, Desired desired, bool isUp) =>
        SpecDifference.IsNone(was, desired)
            ? "unchanged"
            : $"{(isUp && was.Hash != desired.Hash ? "replace" : "update")}: "
                + SpecDifference.Describe(SpecDifference.Between(was.Spec, desired.Spec));

    private static bool IsUp(Facts facts) => facts.Observed.Any(instance => instance.IsAlive);
}
