using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>One call to one runtime.</summary>
public abstract record Step(InstanceId Instance, string Why)
{
    /// <summary>
    /// Whether the step still makes sense, given all that the runtime really has of the server. A
    /// plan may come from an old observation; this is what keeps it from doing harm.
    /// </summary>
    public abstract bool Fits(IEnumerable<Instance> present);

    /// <param name="Session">The session it is for; null when shared.</param>
    public sealed record Start(
        Desired Desired,
        InstanceId Instance,
        long Generation,
        string? Session,
        string Why
    ) : Step(Instance, Why)
    {
        /// <summary>How many may be alive for it; null when that does not matter.</summary>
        public Room? Room { get; init; }

        public override bool Fits(IEnumerable<Instance> present)
        {
            var alive = present.Where(instance => instance.IsAlive).ToList();
            return alive.TrueForAll(instance => instance.Id != Instance)
                && Room?.Has(this, alive) is not false;
        }

        public override string ToString() => $"start {Instance}: {Why}";
    }

    public sealed record Drain(InstanceId Instance, DateTimeOffset Deadline, string Why)
        : Step(Instance, Why)
    {
        public Sighting? Seen { get; init; }

        /// <summary>How many other instances must be ready to take over.</summary>
        public int ReadyElsewhere { get; init; }

        /// <summary>Whether a call in flight speaks against it: the reason was idleness.</summary>
        public bool OnlyIfUnused { get; init; }

        public override bool Fits(IEnumerable<Instance> present)
        {
            var all = present.ToList();
            return Sighting.Find(all, Instance, Seen) is { } found
                && (!OnlyIfUnused || found.CallsInFlight == 0)
                && all.Count(other => CanTakeOver(other, found)) >= ReadyElsewhere;
        }

        public override string ToString() => $"drain {Instance}: {Why}";

        private static bool CanTakeOver(Instance other, Instance leaving) =>
            other.Phase is Phase.Ready
            && other.Id != leaving.Id
            && other.Session == leaving.Session;
    }

    /// <param name="Deadline">When a kill is due if it has not left by then.</param>
    public sealed record Stop(InstanceId Instance, DateTimeOffset Deadline, Cause Cause, string Why)
        : Step(Instance, Why)
    {
        public Sighting? Seen { get; init; }

        public override bool Fits(IEnumerable<Instance> present) =>
            Sighting.Find(present, Instance, Seen) is not null;

        public override string ToString() => $"stop {Instance}: {Why}";
    }

    public sealed record Kill(InstanceId Instance, string Why) : Step(Instance, Why)
    {
        public Sighting? Seen { get; init; }

        public override bool Fits(IEnumerable<Instance> present) =>
            Sighting.Find(present, Instance, Seen) is not null;

        public override string ToString() => $"kill {Instance}: {Why}";
    }
}

/// <summary>
/// What the planner saw of an instance: a step is meant for this incarnation of an id, in this
/// phase, and for no other.
/// </summary>
public readonly record struct Sighting(DateTimeOffset StartedAt, Phase Phase)
{
    public static Sighting Of(Instance instance) => new(instance.StartedAt, instance.Phase);

    /// <summary>The instance if it is alive and, unless null, still as it was seen.</summary>
    internal static Instance? Find(IEnumerable<Instance> present, InstanceId id, Sighting? seen) =>
        present.FirstOrDefault(instance =>
            instance.Id == id && instance.IsAlive && (seen ?? Of(instance)) == Of(instance)
        );
}

/// <summary>What may be alive beside an instance that starts.</summary>
/// <param name="ForIt">How many of those it has to share with, itself included.</param>
/// <param name="InAll">How many of the server, itself included.</param>
/// <param name="OneVersion">Whether another hash or generation among them speaks against it: two
/// versions would harm each other.</param>
public readonly record struct Room(int ForIt, int InAll, bool OneVersion)
{
    public bool Has(Step.Start start, IReadOnlyCollection<Instance> alive)
    {
        var rivals = alive.Where(instance => AreRivals(start.Session, instance.Session)).ToList();
        return alive.Count < InAll
            && rivals.Count < ForIt
            && (!OneVersion || rivals.TrueForAll(instance => IsSameVersion(start, instance)));
    }

    // A shared instance may touch what every session's own instance touches.
    internal static bool AreRivals(string? one, string? other) =>
        one is null || other is null || one == other;

    private static bool IsSameVersion(Step.Start start, Instance instance) =>
        instance.Hash == start.Desired.Hash && instance.Generation == start.Generation;
}
