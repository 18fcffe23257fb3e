using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gantry.Reconcile;

/// <summary>One server in a hostile world: its loop, a runtime with dice, and an operator with moods.</summary>
internal sealed class World
{
    private readonly Random _dice;
    private readonly FakeClock _clock = new();
    private readonly FakeRuntime _runtime;
    private readonly ServerRecords _records = ServerRecords.Open(null);
    private readonly Feed<Event> _events = new(100_000);
    private readonly Stack<DemandMeter.Waiting> _waiting = new();
    private readonly ServerLoop _loop;

    private int _version;
    private ServerSpec _wish = Weather.V1.Spec with { Stateless = true };
    private bool _removed;

    public World(int seed)
    {
        _dice = new(seed);
        _runtime = new(_clock, seed) { Chaos = true };
        var shared = new Surroundings(_runtime, new(), _records, new(4), _events, _clock);
        _loop = new(Weather.Name, shared, NullLogger<ServerLoop>.Instance);
        _wish = _wish with { Replacement = Either(Replacement.Surge, Replacement.Recreate) };
        Configure();
    }

    private Oracle Oracle =>
        new(_loop.Desired, _records.Of(Weather.Name).Intent, _loop.Demand.Read(), _runtime.Truth);

    public void ChangeItsMind()
    {
        var mood = _dice.Next(100);
        Action change = mood switch
        {
            < 5 => () => _version = _dice.Next(4),
            < 9 => Scale,
            < 11 => () =>
                _wish = _wish with
                {
                    Replacement = Either(Replacement.Surge, Replacement.Recreate),
                },
            < 13 => () =>
                _wish = _wish with { Start = Either(StartMode.Eager, StartMode.OnDemand) },
            < 14 => () =>
                _wish = _wish with { Isolation = Either(Isolation.Shared, Isolation.Session) },
            < 15 => () => _removed = !_removed,
            < 17 => () => Say(intent => intent with { Paused = true }),
            < 23 => () =>
                Say(intent => intent with { Generation = intent.Generation + 1, Paused = false }),
            < 30 => () => _waiting.Push(_loop.Demand.Wait(principal: null)),
            < 40 => Answer,
            < 44 => () => _loop.Demand.Open($"{_dice.Next(5)}"),
            < 48 => () => _loop.Demand.Close($"{_dice.Next(5)}"),
            < 50 => () => _removed = false,
            _ => static () => { },
        };
        if (mood < 50)
        {
            change();
            Configure();
        }
    }

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        var before = Oracle;
        var done = _runtime.Done.Count;
        await _loop.PassAsync(cancellationToken);
        var after = Oracle;
        after.AssertRoom(before, _runtime.Done.Skip(done).OfType<Step.Start>());
        after.AssertNobodyWentUnserved(before);
        Assert.Empty(_runtime.CutShort);
    }

    public void LetTimePass()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(_dice.Next(1, 12_000)));
        _runtime.Tick();
        // What the next pass does is not done in the same moment.
        _clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    public async Task CalmDownAsync(CancellationToken cancellationToken)
    {
        _runtime.Chaos = false;
        _removed = false;
        Say(intent => intent with { Paused = false });
        while (_waiting.Count > 0)
        {
            Answer();
        }

        Configure();
        for (var round = 0; round < 3; round++)
        {
            for (var step = 0; step < 20; step++)
            {
                await PassAsync(cancellationToken);
                _clock.Advance(TimeSpan.FromSeconds(4));
                _runtime.Tick();
            }

            // What was in back-off may start again, and what is not used is idle.
            _clock.Advance(TimeSpan.FromMinutes(round == 2 ? 0 : 7));
        }
    }

    public void AssertConverged()
    {
        var alive = _runtime.Truth.Where(instance => instance.IsAlive).ToList();
        Assert.All(alive, instance => Assert.Equal(Phase.Ready, instance.Phase));
        Assert.All(alive, instance => Assert.Equal(_loop.Desired?.Hash, instance.Hash));
        Assert.All(
            alive,
            instance =>
                Assert.Equal(_records.Of(Weather.Name).Intent.Generation, instance.Generation)
        );
        Assert.Equal(Oracle.Least, alive.Count);
    }

    public void AssertEachFactWasToldOnce()
    {
        var told = _events
            .Latest(100_000)
            .Where(one => one.Instance is not null)
            .Select(one => (one.Kind, one.Instance, one.At))
            .ToList();
        Assert.Equal(told.Distinct(), told);
    }

    private void Answer()
    {
        if (_waiting.TryPop(out var waiting))
        {
            waiting.Dispose();
        }
    }

    private void Scale()
    {
        var most = 1 + _dice.Next(3);
        _wish = _wish with { Instances = new(_dice.Next(most + 1), most) };
    }

    private void Say(Func<Intent, Intent> change) =>
        _records.Say(Weather.Name, intent => change(intent) with { Since = _clock.GetUtcNow() });

    private void Configure() =>
        _loop.Desired = _removed
            ? null
            : Weather.Version($"v{_version}", spec => _wish with { Runtime = spec.Runtime });

    private T Either<T>(T one, T other) => _dice.Next(2) == 0 ? one : other;
}

/// <summary>
/// Says what should be, from what was asked and what is really there; written apart from the
/// planner, to catch it.
/// </summary>
internal sealed record Oracle(
    Desired? Desired,
    Intent Intent,
    Demand Demand,
    ImmutableArray<Instance> Truth
)
{
    /// <summary>How many must be there, for each wish, even if nobody used the server lately.</summary>
    public int Least =>
        Spec is not { } spec ? 0
        : spec.Isolation is Isolation.Session ? Math.Min(Demand.Sessions.Count, Cap(spec))
        : spec.Start is StartMode.Eager ? Most
        : Math.Min(
            Math.Max(spec.Instances.Min, Math.Min(Demand.CallsWaiting, 1)),
            spec.Instances.Max
        );

    private int Most =>
        Spec is not { } spec ? 0
        : spec.Isolation is Isolation.Session ? 1
        : Math.Min(Math.Max(spec.Instances.Min, 1), spec.Instances.Max);

    private ServerSpec? Spec => Intent.Paused ? null : Desired?.Spec;

    private bool Surges => Desired?.Spec.Replacement is Replacement.Surge;

    public IEnumerable<Instance> Alive => Truth.Where(instance => instance.IsAlive);

    /// <summary>Never more alive than wanted plus surge, never two versions where that does harm.</summary>
    public void AssertRoom(Oracle before, IEnumerable<Step.Start> starts)
    {
        foreach (var start in starts)
        {
            var rivals = Alive
                .Where(one =>
                    start.Session is null || one.Session is null || one.Session == start.Session
                )
                .ToList();
            Assert.True(
                rivals.Count <= Most + (Surges ? 1 : 0),
                $"{rivals.Count} alive after {start}, but {Most} wanted"
            );
            Assert.True(
                Surges || rivals.Select(one => (one.Hash, one.Generation)).Distinct().Count() <= 1,
                $"two versions alive after {start}"
            );
        }

        var bound = (Spec?.Isolation is Isolation.Session ? Cap(Spec) : Most) + (Surges ? 1 : 0);
        Assert.True(
            Alive.Count() <= Math.Max(before.Alive.Count(), bound),
            $"grew from {before.Alive.Count()} to {Alive.Count()}, beyond {bound}"
        );
    }

    /// <summary>A pass takes away no ready instance that is still needed.</summary>
    public void AssertNobodyWentUnserved(Oracle before)
    {
        if (Spec is null)
        {
            return;
        }

        foreach (var session in Sessions(Spec))
        {
            var was = before.Ready(session);
            if (!before.MustGoFirst(was))
            {
                var needed = Math.Min(was.Count, session is null ? Least : 1);
                var left = Ready(session).Count;
                Assert.True(
                    left >= needed,
                    $"{left} ready where {needed} were needed ('{session}')"
                );
            }
        }
    }

    private List<string?> Sessions(ServerSpec spec) =>
        spec.Isolation is Isolation.Shared ? [null]
        : Demand.Sessions.Count <= Cap(spec) ? [.. Demand.Sessions]
        : [];

    private List<Instance> Ready(string? session) =>
        [.. Alive.Where(one => one.Phase is Phase.Ready && one.Session == session)];

    // Where two versions would harm each other, or would have the same name.
    private bool MustGoFirst(IEnumerable<Instance> ready) =>
        ready.Any(one =>
            (one.Hash != Desired?.Hash && !Surges)
            || (one.Generation != Intent.Generation && (!Surges || one.Session is not null))
        );

    private static int Cap(ServerSpec spec) => spec.Instances.Max;
}
