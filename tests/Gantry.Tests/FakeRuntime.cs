using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry;

/// <summary>
/// A runtime in memory. Obliging unless told otherwise: with <see cref="Chaos"/> it throws dice for
/// everything that can go wrong. Seeded, so that a failure can be replayed.
/// </summary>
internal sealed class FakeRuntime(TimeProvider time, int seed = 1) : IRuntime
{
    private const int Memory = 12;
    private const int MaxExited = 6;

    private readonly Lock _lock = new();
    private readonly Random _dice = new(seed);
    private readonly Dictionary<InstanceId, Instance> _instances = [];
    private readonly HashSet<InstanceId> _deaf = [];
    private readonly Queue<ImmutableArray<Instance>> _past = new();

    public event Action<ServerName>? Changed;

    public bool Chaos { get; set; }

    /// <summary>What starts is ready, and what is asked to leave is gone, without a tick.</summary>
    public bool IsQuick { get; init; }

    public bool CannotObserve { get; set; }

    /// <summary>Whether nothing dies of a kill, as when it hangs in the kernel.</summary>
    public bool IsImmortal { get; init; }

    /// <summary>Steps that had an effect.</summary>
    public List<Step> Done { get; } = [];

    /// <summary>Who was stopped with calls in flight before its patience was over.</summary>
    public List<Instance> CutShort { get; } = [];

    /// <summary>What is really there, whatever an observation says.</summary>
    public ImmutableArray<Instance> Truth
    {
        get
        {
            lock (_lock)
            {
                return [.. _instances.Values];
            }
        }
    }

    public ValueTask<ImmutableArray<Instance>> ObserveAsync(
        ServerName server,
        CancellationToken cancellationToken
    )
    {
        lock (_lock)
        {
            if (CannotObserve || Fails(1, of: 20))
            {
                throw new IOException("The runtime is out to lunch.");
            }

            Remember();
            IEnumerable<Instance> seen = Fails(1, of: 4)
                ? _past.ElementAt(_dice.Next(_past.Count))
                : _instances.Values;
            return new([.. seen.Where(instance => instance.Server == server)]);
        }
    }

    public ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Fits(step, step.Desired.Name))
            {
                var dud = Fails(1, of: 10);
                _deaf.Remove(step.Instance);
                if (Fails(1, of: 10))
                {
                    _deaf.Add(step.Instance);
                }

                Put(New(step));
                if (dud)
                {
                    End(_instances[step.Instance], Cause.NeverReady);
                }
                else if (IsQuick)
                {
                    BecomeReady(_instances[step.Instance]);
                }
            }
        }

        Changed?.Invoke(step.Desired.Name);
        return default;
    }

    public ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken) =>
        Change(
            step,
            instance =>
                Put(
                    instance with
                    {
                        Phase = Phase.Draining,
                        Since = time.GetUtcNow(),
                        Deadline = step.Deadline,
                        Reason = step.Why,
                    }
                )
        );

    public ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken) =>
        Change(
            step,
            instance =>
            {
                NoteCallsCutShort(instance);
                Put(
                    instance with
                    {
                        Phase = Phase.Stopping,
                        Since = time.GetUtcNow(),
                        Deadline = step.Deadline,
                        Cause = step.Cause,
                        Reason = step.Why,
                        CallsInFlight = 0,
                    }
                );
                if (IsQuick)
                {
                    End(_instances[instance.Id], step.Cause);
                }
            }
        );

    public ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken) =>
        Change(
            step,
            instance =>
            {
                if (!IsImmortal)
                {
                    End(instance, instance.Cause ?? Cause.Asked);
                }
            }
        );

    public IConnection? Connect(InstanceId instance) => null;

    /// <summary>Time passes: what was starting is ready, and with bad luck something dies.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            foreach (var instance in _instances.Values.Where(instance => instance.IsAlive).ToList())
            {
                Live(instance);
            }

            Remember();
        }
    }

    /// <summary>Ends an instance from outside, as if it had crashed.</summary>
    public void Crash(InstanceId id)
    {
        Instance instance;
        lock (_lock)
        {
            instance = _instances[id];
            End(instance, Cause.Crashed);
        }

        Changed?.Invoke(instance.Server);
    }

    private void Live(Instance instance)
    {
        var isDeaf = _deaf.Contains(instance.Id);
        switch (instance.Phase)
        {
            case Phase.Starting or Phase.Ready when Fails(1, of: 25):
                End(instance, Cause.Crashed);
                break;
            case Phase.Starting when !isDeaf && !Fails(1, of: 3):
                BecomeReady(instance);
                break;
            case Phase.Ready when Chaos:
                Put(instance with { CallsInFlight = _dice.Next(3) });
                break;
            case Phase.Ready or Phase.Draining when instance.CallsInFlight > 0 && !isDeaf:
                Put(
                    instance with
                    {
                        CallsInFlight = instance.CallsInFlight - 1,
                        LastUse = time.GetUtcNow(),
                    }
                );
                break;
            case Phase.Stopping when !isDeaf:
                End(instance, instance.Cause ?? Cause.Asked);
                break;
            default:
                break;
        }
    }

    private ValueTask Change(Step step, Action<Instance> change)
    {
        ServerName server;
        lock (_lock)
        {
            if (!_instances.TryGetValue(step.Instance, out var instance))
            {
                return default;
            }

            server = instance.Server;
            if (Fits(step, server))
            {
                change(instance);
            }
        }

        Changed?.Invoke(server);
        return default;
    }

    // Every runtime must do this: ask the step, and act in the same piece.
    private bool Fits(Step step, ServerName server)
    {
        var fits =
            step.Fits(_instances.Values.Where(instance => instance.Server == server))
            && !Fails(1, of: 12);
        if (fits)
        {
            Done.Add(step);
        }

        return fits;
    }

    private void NoteCallsCutShort(Instance instance)
    {
        if (instance.CallsInFlight > 0 && time.GetUtcNow() < instance.Deadline)
        {
            CutShort.Add(instance);
        }
    }

    private Instance New(Step.Start step) =>
        new(
            step.Instance,
            step.Desired.Name,
            step.Desired.Hash,
            step.Generation,
            Phase.Starting,
            time.GetUtcNow()
        )
        {
            Session = step.Session,
            StartedAt = time.GetUtcNow(),
            StopPolicy = StopPolicy.Of(step.Desired.Spec),
        };

    private void BecomeReady(Instance instance) =>
        Put(
            instance with
            {
                Phase = Phase.Ready,
                Since = time.GetUtcNow(),
                ReadyAt = time.GetUtcNow(),
                LastUse = time.GetUtcNow(),
            }
        );

    private void End(Instance instance, Cause cause)
    {
        Put(
            instance with
            {
                Phase = Phase.Exited,
                Since = time.GetUtcNow(),
                EndedAt = time.GetUtcNow(),
                Deadline = null,
                CallsInFlight = 0,
                Cause = cause,
                ExitCode = cause is Cause.Crashed ? 1 : null,
            }
        );
        var exited = _instances.Values.Where(one => !one.IsAlive).ToList();
        if (exited.Count > MaxExited)
        {
            _instances.Remove(exited.MinBy(one => one.EndedAt)?.Id ?? default);
        }
    }

    private void Put(Instance instance) => _instances[instance.Id] = instance;

    private void Remember()
    {
        _past.Enqueue([.. _instances.Values]);
        if (_past.Count > Memory)
        {
            _past.Dequeue();
        }
    }

    private bool Fails(int times, int of) => Chaos && _dice.Next(of) < times;
}
