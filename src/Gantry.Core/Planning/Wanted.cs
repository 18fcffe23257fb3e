using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>So many instances for this session, or for all when it is null.</summary>
internal readonly record struct Wish(string? Session, int Count);

/// <summary>How many instances there should be, whatever there is.</summary>
/// <param name="InAll">How many there may be at most, replacements not counted.</param>
internal sealed record Wanted(ImmutableArray<Wish> Wishes, int InAll)
{
    /// <summary>Why nothing is wanted at all; null when the spec decides.</summary>
    public string? WhyNothing { get; init; }

    /// <summary>When the wish ends if nobody uses the server until then.</summary>
    public DateTimeOffset? IdleAt { get; init; }

    public Trouble? Trouble { get; init; }

    public static Wanted From(Facts facts) =>
        facts switch
        {
            { ShuttingDown: true } => Nothing("shutting down"),
            { Desired: null } => Nothing("removed from config"),
            { Intent.Paused: true } => Nothing("stopped by the operator") with
            {
                Trouble = Paused(facts.Desired.Name),
            },
            { Desired.Spec.Isolation: Isolation.Session } => OfSessions(facts, facts.Desired.Spec),
            { Desired.Spec.Isolation: Isolation.Principal } => OfPrincipals(
                facts,
                facts.Desired.Spec
            ),
            _ => OfAll(facts, facts.Desired.Spec),
        };

    private static Wanted Nothing(string why) => new([], 0) { WhyNothing = why };

    private static Trouble Paused(ServerName server) =>
        new(TroubleKind.Paused, $"The operator stopped it. `gantry start {server}` starts it.");

    private static Wanted OfAll(Facts facts, ServerSpec spec)
    {
        var onDemand = spec.Start is StartMode.OnDemand;
        var idleAt = LastUse(facts).Plus(spec.IdleTimeout);
        var busy = IsBusy(facts);
        var active = busy || facts.Now < idleAt;
        var floor = Math.Max(spec.Instances.Min, active || !onDemand ? 1 : 0);
        var count = Math.Min(floor, spec.Instances.Max);
        return new([new(null, count)], count)
        {
            // The end of a call wakes nobody, so look again when a busy server may have become idle.
            IdleAt =
                !onDemand || !active ? null
                : busy ? facts.Now.Plus(spec.IdleTimeout)
                : idleAt,
        };
    }

    private static bool IsBusy(Facts facts) =>
        facts.Demand.CallsWaiting > 0
        || facts.Observed.Any(instance => instance.IsAlive && instance.CallsInFlight > 0);

    private static DateTimeOffset LastUse(Facts facts) =>
        facts
            .Observed.Where(instance => instance.IsAlive)
            .Select(instance => instance.LastUse)
            .Append(facts.Demand.LastUse ?? DateTimeOffset.MinValue)
            .Max();

    private static Wanted OfSessions(Facts facts, ServerSpec spec)
    {
        var most = spec.Instances.Max;
        var sessions = facts.Demand.Sessions;
        var served = facts
            .Observed.Where(instance => instance.IsAlive)
            .Select(instance => instance.Session)
            .ToHashSet();
        // Who has an instance keeps it, however many come after.
        var admitted = sessions.OrderBy(session => !served.Contains(session)).Take(most);
        return new([.. admitted.Select(session => new Wish(session, 1))], most)
        {
            Trouble = sessions.Count > most ? Full(most) : null,
        };
    }

    private static Trouble Full(int most) =>
        new(
            TroubleKind.Full,
            $"All {most} instances belong to other sessions. "
                + "Wait until one ends, or raise instances.max."
        );

    // Only calls keep an instance. One that nobody uses just now makes room for who waits.
    private static Wanted OfPrincipals(Facts facts, ServerSpec spec)
    {
        var alive = facts.Observed.Where(one => one is { IsAlive: true, Session: not null });
        var lastUse = alive
            .GroupBy(one => one.Session ?? "", StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Max(one => LastUse(one, facts.Now)),
                StringComparer.Ordinal
            );
        var most = spec.Instances.Max;
        var busy = lastUse.Where(one => one.Value == facts.Now).Select(one => one.Key).ToHashSet();
        var waiting = facts.Demand.Principals;
        var idle = lastUse
            .Where(one => one.Value.Plus(spec.IdleTimeout) > facts.Now)
            .OrderByDescending(one => one.Value)
            .Select(one => one.Key);
        string[] wanted =
        [
            .. busy.Order(StringComparer.Ordinal),
            .. waiting.OrderBy(one => !lastUse.ContainsKey(one)),
        ];
        var admitted = wanted.Concat(idle).Distinct(StringComparer.Ordinal).Take(most).ToList();
        return new([.. admitted.Select(principal => new Wish(principal, 1))], most)
        {
            IdleAt = admitted
                .Select(one => lastUse.GetValueOrDefault(one, facts.Now).Plus(spec.IdleTimeout))
                .Cast<DateTimeOffset?>()
                .Min(),
            Trouble = busy.Union(waiting).Count() > most ? FullOfCallers(most) : null,
        };
    }

    // Now for one in the middle of something.
    private static DateTimeOffset LastUse(Instance instance, DateTimeOffset now) =>
        instance.CallsInFlight > 0 || instance.Phase is Phase.Starting ? now
        : instance.LastUse > instance.StartedAt ? instance.LastUse
        : instance.StartedAt;

    private static Trouble FullOfCallers(int most) =>
        new(
            TroubleKind.Full,
            $"All {most} instances work for other callers. "
                + "Wait until one is idle, or raise instances.max."
        );
}
