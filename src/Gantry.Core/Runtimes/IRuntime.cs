using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Wire;

namespace Gantry.Runtimes;

/// <summary>
/// Runs instances somewhere. A runtime decides nothing: it starts what it is told to start, stops
/// what it is told to stop, and reports what it sees, including the latest exit of each instance
/// and what an earlier run of this program left behind.
/// </summary>
/// <remarks>
/// Every step returns at once; how it went shows in the next observation, and the runtime wakes
/// the server's loop whenever a fact changed. A step whose instance is not there, or is past it,
/// changes nothing. A step may have been planned from an old observation: a runtime asks
/// <see cref="Step.Fits"/> with what is really there and acts on the answer in one piece, so that
/// no other step or exit of this server comes between; a step that does not fit changes nothing.
/// </remarks>
public interface IRuntime
{
    /// <summary>
    /// Says that a phase of an instance of this server changed, or that the last call left a
    /// draining one. May be raised too often, on any thread, and must not be held up.
    /// </summary>
    event Action<ServerName>? Changed;

    ValueTask<ImmutableArray<Instance>> ObserveAsync(
        ServerName server,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Begins to start one instance. One that cannot start is reported as
    /// <see cref="Phase.Exited"/>. Starting an id that is alive changes nothing.
    /// </summary>
    ValueTask StartAsync(Step.Start step, CancellationToken cancellationToken);

    /// <summary>Refuses new calls from now on; those in flight go on.</summary>
    ValueTask DrainAsync(Step.Drain step, CancellationToken cancellationToken);

    /// <summary>Asks the instance to leave, and fails its calls in flight.</summary>
    ValueTask StopAsync(Step.Stop step, CancellationToken cancellationToken);

    /// <summary>Ends the instance and everything it started.</summary>
    ValueTask KillAsync(Step.Kill step, CancellationToken cancellationToken);

    /// <summary>
    /// The conversation with an instance that is <see cref="Phase.Ready"/>; null when it is not.
    /// </summary>
    IConnection? Connect(InstanceId instance);
}
