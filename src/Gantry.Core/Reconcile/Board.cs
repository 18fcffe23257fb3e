using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Planning;
using Gantry.Runtimes;

namespace Gantry.Reconcile;

/// <summary>The current picture of everything, for all who only look.</summary>
public sealed class Board
{
    private State _state = new(BoardSnapshot.Empty, NewSignal());

    public BoardSnapshot Current => Volatile.Read(ref _state).Snapshot;

    /// <summary>
    /// Replaces the picture; <paramref name="change"/> may run more than once and must be pure.
    /// </summary>
    public void Publish(Func<BoardSnapshot, BoardSnapshot> change)
    {
        while (true)
        {
            var was = Volatile.Read(ref _state);
            var next = change(was.Snapshot);
            if (ReferenceEquals(next, was.Snapshot))
            {
                return;
            }

            next = next with { Version = was.Snapshot.Version + 1 };
            if (Interlocked.CompareExchange(ref _state, new(next, NewSignal()), was) == was)
            {
                was.Replaced.SetResult();
                return;
            }
        }
    }

    /// <summary>Waits for a picture with a version above the given one.</summary>
    public async ValueTask<BoardSnapshot> AfterAsync(
        long version,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state.Snapshot.Version > version)
            {
                return state.Snapshot;
            }

            await state.Replaced.Task.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record State(BoardSnapshot Snapshot, TaskCompletionSource Replaced);
}

/// <summary>Everything at one moment. Immutable.</summary>
public sealed record BoardSnapshot(
    long Version,
    ConfigSnapshot Config,
    ImmutableSortedDictionary<ServerName, ServerStatus> Servers
)
{
    public static BoardSnapshot Empty { get; } =
        new(0, ConfigSnapshot.Empty, ImmutableSortedDictionary<ServerName, ServerStatus>.Empty);

    /// <summary>The dedicated ports, by the server that each of them serves.</summary>
    public ImmutableSortedDictionary<ServerName, PortStatus> Ports { get; init; } =
        ImmutableSortedDictionary<ServerName, PortStatus>.Empty;
}

/// <summary>One server as its loop last saw it.</summary>
/// <param name="Desired">Null when it left the configuration and its instances are on their way
/// out.</param>
/// <param name="Instances">Alive ones, and the latest exit of each that is not.</param>
/// <param name="Plan">What the last pass decided.</param>
public sealed record ServerStatus(
    ServerName Name,
    Desired? Desired,
    Intent Intent,
    ImmutableArray<Instance> Instances,
    ImmutableArray<Exit> Exits,
    Plan Plan,
    DateTimeOffset At
);
