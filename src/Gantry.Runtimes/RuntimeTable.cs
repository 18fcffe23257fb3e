using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Wire;

namespace Gantry.Runtimes;

/// <summary>
/// All runtimes as one: each server is started by the one that its spec is for. A server may move
/// from one to another, and is then seen in both until the old copies are gone.
/// </summary>
public sealed class RuntimeTable : IRuntime
{
    private readonly FrozenDictionary<Type, IRuntime> _bySpec;

    /// <param name="bySpec">The runtime for each case of <see cref="RuntimeSpec"/>.</param>
    public RuntimeTable(IReadOnlyDictionary<Type, IRuntime> bySpec) =>
        _bySpec = bySpec.ToFrozenDictionary();

    /// <inheritdoc/>
    public event Action<ServerName>? Changed
    {
        add
        {
            foreach (var runtime in _bySpec.Values)
            {
                runtime.Changed += value;
            }
        }
        remove
        {
            foreach (var runtime in _bySpec.Values)
            {
                runtime.Changed -= value;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<Instance>> ObserveAsync(
        ServerName server,
        CancellationToken cancellationToken
    )
    {
        ImmutableArray<Instance> all = [];
        foreach (var runtime in _bySpec.Values)
        {
            var seen = await runtime.ObserveAsync(server, cancellationToken);
            all = all.IsEmpty ? seen : all.AddRange(seen);
        }

        return all;
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken) =>
        _bySpec[step.Desired.Spec.Runtime.GetType()].StartAsync(step, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken) =>
        EachAsync(runtime => runtime.DrainAsync(step, cancellationToken));

    /// <inheritdoc/>
    public ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken) =>
        EachAsync(runtime => runtime.StopAsync(step, cancellationToken));

    /// <inheritdoc/>
    public ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken) =>
        EachAsync(runtime => runtime.KillAsync(step, cancellationToken));

    /// <inheritdoc/>
    public IConnection? Connect(InstanceId instance)
    {
        foreach (var runtime in _bySpec.Values)
        {
            if (runtime.Connect(instance) is { } connection)
            {
                return connection;
            }
        }

        return null;
    }

    // A runtime that does not have the instance changes nothing.
    private async ValueTask EachAsync(Func<IRuntime, ValueTask> step)
    {
        foreach (var runtime in _bySpec.Values)
        {
            await step(runtime);
        }
    }
}
