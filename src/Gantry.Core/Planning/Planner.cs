using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>
/// Compares what is wanted with what is there. Pure: no I/O, no clock, no memory.
/// </summary>
public static class Planner
{
    public static Plan Make(Facts facts)
    {
        var wanted = Wanted.From(facts);
        var draft = new Draft(facts.Now);
        draft.WakeAt(wanted.IdleAt);
        KeepPromises(facts, draft);
        RetireUnwanted(facts, wanted, draft);
        if (facts.Desired is { } desired)
        {
            foreach (var wish in wanted.Wishes)
            {
                new Rollout(facts, desired, wanted, wish).Plan(draft);
            }
        }

        draft.Blame(wanted.Trouble);
        return draft.Finish();
    }

    // Who was told to leave is followed up, whatever is wanted now: nobody comes back from there.
    private static void KeepPromises(Facts facts, Draft draft)
    {
        foreach (var instance in facts.Observed)
        {
            if (instance.Phase is Phase.Draining or Phase.Stopping)
            {
                draft.WakeAt(Retirement.PatienceEnds(instance));
                if (Retirement.Next(instance, facts.Now) is { } step)
                {
                    draft.Add(step);
                }
            }
        }
    }

    private static void RetireUnwanted(Facts facts, Wanted wanted, Draft draft)
    {
        var keys = wanted.Wishes.Select(wish => wish.Session).ToHashSet();
        foreach (var instance in facts.Observed)
        {
            if (instance.IsUp && !keys.Contains(instance.Session))
            {
                draft.Add(Retirement.Begin(instance, facts.Now, Why(facts, wanted, instance)));
            }
        }
    }

    private static string Why(Facts facts, Wanted wanted, Instance instance) =>
        wanted.WhyNothing
        ?? Retirement.WhyStale(facts, instance)
        ?? (
            facts.Desired?.Spec is { Isolation: Isolation.Principal } ? "its caller does not use it"
            : facts.Demand.Sessions.Contains(instance.Session ?? "")
                ? $"no room for more than {wanted.InAll} sessions"
            : "session ended"
        );
}
