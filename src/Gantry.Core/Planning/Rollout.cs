using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Planning;

/// <summary>Brings what there is for one wish to the wanted version and number.</summary>
internal sealed class Rollout
{
    private readonly Facts _facts;
    private readonly Desired _desired;
    private readonly Wanted _wanted;
    private readonly Wish _wish;
    private readonly ImmutableArray<Instance> _alive;
    private readonly ImmutableArray<Instance> _rivals;
    private readonly ImmutableArray<Instance> _current;
    private readonly ImmutableArray<Instance> _stale;

    public Rollout(Facts facts, Desired desired, Wanted wanted, Wish wish)
    {
        _facts = facts;
        _desired = desired;
        _wanted = wanted;
        _wish = wish;
        _alive = [.. facts.Observed.Where(instance => instance.IsAlive)];
        _rivals = [.. _alive.Where(one => Room.AreRivals(wish.Session, one.Session))];
        // Who serves comes first, then who is oldest: whatever has to go is taken from the end.
        var up = _alive
            .Where(instance => instance.IsUp && instance.Session == wish.Session)
            .OrderByDescending(instance => instance.Phase)
            .ThenBy(instance => instance.StartedAt)
            .ThenBy(instance => instance.Id.Value, StringComparer.Ordinal)
            .ToLookup(IsCurrent);
        _current = [.. up[true]];
        _stale = [.. up[false]];
    }

    private int Missing => _wish.Count - _current.Length;

    private bool Surges => _desired.Spec.Replacement is Replacement.Surge;

    private Room Room =>
        Surges
            ? new(_wish.Count + 1, _wanted.InAll + 1, OneVersion: false)
            : new(_wish.Count, _wanted.InAll, OneVersion: true);

    public void Plan(Draft draft)
    {
        var backoff = Backoff.From(_desired.Name, _current.Any(IsStable) ? [] : Exits());
        var held = Missing > 0 && backoff.Until > _facts.Now;
        if (held)
        {
            draft.WakeAt(backoff.Until);
            draft.Blame(backoff.Describe(_desired.Name));
        }

        WatchStartups(draft);
        ScaleDown(draft);
        Replace(draft, held);
        if (!held)
        {
            Start(draft, backoff);
        }
    }

    private void WatchStartups(Draft draft)
    {
        foreach (
            var instance in _current.Take(_wish.Count).Where(one => one.Phase is Phase.Starting)
        )
        {
            var given = _desired.Spec.StartupTimeout;
            var deadline = instance.StartedAt.Plus(given);
            draft.WakeAt(deadline);
            if (_facts.Now >= deadline)
            {
                var why = $"not ready within the {Retirement.Text(given)} it was given";
                draft.Add(Retirement.Stop(instance, _facts.Now, Cause.NeverReady, why));
            }
        }
    }

    private void ScaleDown(Draft draft)
    {
        var idle = _wish.Count == 0;
        var why = idle
            ? $"idle for {Retirement.Text(_desired.Spec.IdleTimeout)}"
            : $"scaled down to {_wish.Count}";
        foreach (var instance in _current.Skip(_wish.Count))
        {
            draft.Add(Retire(instance, why, readyElsewhere: _wish.Count, onlyIfUnused: idle));
        }
    }

    // A stale instance serves until a ready one takes its place, or, where its successor cannot
    // stand beside it, until that one may start.
    private void Replace(Draft draft, bool held)
    {
        var starting = _stale.Where(instance => instance.Phase is Phase.Starting);
        var first = held
            ? []
            : _stale.Where(instance => IsReady(instance) && MustGoFirst(instance));
        foreach (var instance in starting.Concat(first))
        {
            draft.Add(Retire(instance, WhyStale(instance), readyElsewhere: 0, onlyIfUnused: false));
        }

        var patient = _stale
            .Where(instance => IsReady(instance) && !MustGoFirst(instance))
            .ToList();
        var spare = patient.Count + _current.Count(IsReady) - _wish.Count;
        foreach (var instance in patient.TakeLast(spare))
        {
            draft.Add(Retire(instance, WhyStale(instance), _wish.Count, onlyIfUnused: false));
        }
    }

    // One id per session: when only the generation changed, the successor has the same name.
    private bool MustGoFirst(Instance instance) =>
        !Surges
        || (_wish.Session is { } session && instance.Id == InstanceId.Of(_desired, session));

    private string WhyStale(Instance instance) =>
        Retirement.WhyStale(_facts, instance) ?? "replaced";

    private void Start(Draft draft, Backoff backoff)
    {
        var count = Math.Min(Missing, Vacancies(draft));
        foreach (var id in FreeIds().Take(Math.Max(0, count)))
        {
            draft.Add(
                new Step.Start(_desired, id, _facts.Intent.Generation, _wish.Session, Why(backoff))
                {
                    Room = Room,
                }
            );
        }
    }

    private int Vacancies(Draft draft) =>
        Room.OneVersion && !_rivals.All(IsCurrent)
            ? 0
            : Math.Min(Room.ForIt - _rivals.Length, Room.InAll - _alive.Length - draft.Starts);

    private IEnumerable<InstanceId> FreeIds() =>
        _wish.Session is { } session
            ? [InstanceId.Of(_desired, session)]
            : Enumerable
                .Range(1, _alive.Length + _wish.Count)
                .Select(ordinal => InstanceId.Of(_desired, ordinal))
                .Where(id => !_alive.Any(Is(id)));

    private string Why(Backoff backoff) =>
        backoff.Last is { } last ? $"try {backoff.Failures + 1}; {Backoff.Describe(last)}"
        : _stale is [var stale, ..] ? WhyStale(stale)
        : _wish.Session is not null
            ? _desired.Spec.Isolation is Isolation.Principal ? "a call of its caller waits"
                : "session opened"
        : _current.Length > 0 ? $"{_current.Length} of {_wish.Count} running"
        : _facts.Demand.CallsWaiting > 0 ? "a call waits"
        : _desired.Spec.Start is StartMode.OnDemand ? "in use"
        : "not running";

    private Step Retire(Instance instance, string why, int readyElsewhere, bool onlyIfUnused)
    {
        var step = Retirement.Begin(instance, _facts.Now, why);
        return step is Step.Drain drain
            ? drain with
            {
                ReadyElsewhere = readyElsewhere,
                OnlyIfUnused = onlyIfUnused,
            }
            : step;
    }

    // One session's crash says nothing about the others; a version that never comes up does.
    private IEnumerable<Exit> Exits() =>
        _facts.Exits.Where(exit =>
            exit.Hash == _desired.Hash
            && exit.At >= _facts.Intent.Since
            && exit.At <= _facts.Now
            && (
                _wish.Session is not { } session
                || exit.Cause is Cause.NeverReady
                || exit.Instance == InstanceId.Of(_desired, session)
            )
        );

    private bool IsStable(Instance instance) =>
        instance.Phase is Phase.Ready && _facts.Now - instance.ReadyAt >= Backoff.StableRun;

    private bool IsCurrent(Instance instance) =>
        instance.Hash == _desired.Hash && instance.Generation == _facts.Intent.Generation;

    private static bool IsReady(Instance instance) => instance.Phase is Phase.Ready;

    private static Func<Instance, bool> Is(InstanceId id) => instance => instance.Id == id;
}
