using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway;

/// <summary>Gives out the connections that a test put in; starts and stops nothing.</summary>
internal sealed class FakeRuntime : IRuntime
{
    public ConcurrentDictionary<InstanceId, ScriptedConnection> Connections { get; } = new();

    /// <summary>Called with every connection before anybody sees it.</summary>
    public Action<ScriptedConnection>? Made { get; set; }

    public event Action<ServerName>? Changed
    {
        add { }
        remove { }
    }

    public IConnection? Connect(InstanceId instance) => Connections.GetValueOrDefault(instance);

    public ValueTask<ImmutableArray<Instance>> ObserveAsync(
        ServerName server,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
