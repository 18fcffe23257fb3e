using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Routing;

/// <summary>The way to one server's shared instances, or to those of one session or principal.
/// </summary>
/// <remarks>Remembers what it found on the board until the board changes.</remarks>
internal sealed class ServerRoute(
    ServerName server,
    Isolation isolation,
    string? session,
    WireTap tap
)
{
    private Table _table = new(-1, null, []);
    private uint _turn;

    public ServerName Server { get; } = server;

    /// <summary>The server's name, ready to be written.</summary>
    public string ServerText { get; } = server.ToString();

    /// <summary>Who uses the instances that it leads to.</summary>
    public Isolation Isolation { get; } = isolation;

    /// <summary>The key of the session, or of the principal, whose own instance it leads to; null
    /// when shared.</summary>
    public string? Session { get; } = session;

    /// <summary>The key of the principal whose calls have to wait for an instance of its own.
    /// </summary>
    public string? Principal => Isolation is Isolation.Principal ? Session : null;

    /// <summary>What is exchanged with the server's clients is handed here too.</summary>
    public WireTap Tap { get; } = tap;

    /// <summary>
    /// Held while a subscription changes at the instance, so that the last to leave cannot undo
    /// what another just began.
    /// </summary>
    public SemaphoreSlim Subscribing { get; } = new(1);

    /// <summary>An instance that takes calls, the least busy first; null when there is none.</summary>
    public IConnection? Pick(BoardSnapshot board, IRuntime runtime)
    {
        var table = Volatile.Read(ref _table);
        if (table.Version != board.Version)
        {
            table = Refresh(table, board, runtime);
        }

        return table.Ready is [var only]
            ? only.Gate.IsClosed
                ? null
                : only
            : LeastBusy(table.Ready);
    }

    private Table Refresh(Table was, BoardSnapshot board, IRuntime runtime)
    {
        var status = board.Servers.GetValueOrDefault(Server);
        var table = ReferenceEquals(status, was.Status)
            ? was with
            {
                Version = board.Version,
            }
            : new Table(board.Version, status, status is null ? [] : Connect(status, runtime));
        Volatile.Write(ref _table, table);
        return table;
    }

    private IConnection[] Connect(ServerStatus status, IRuntime runtime)
    {
        var current = new List<IConnection>();
        var outdated = new List<IConnection>();
        foreach (var instance in status.Instances)
        {
            if (IsMine(instance) && runtime.Connect(instance.Id) is { } connection)
            {
                (instance.Hash == status.Desired?.Hash ? current : outdated).Add(connection);
            }
        }

        // An old version serves until the new one is ready.
        return [.. current.Count > 0 ? current : outdated];
    }

    private bool IsMine(Instance instance) =>
        instance.Phase is Phase.Ready
        && string.Equals(instance.Session, Session, StringComparison.Ordinal);

    private IConnection? LeastBusy(IConnection[] ready)
    {
        IConnection? best = null;
        var turn = Interlocked.Increment(ref _turn);
        for (var i = 0u; i < ready.Length; i++)
        {
            var one = ready[(turn + i) % (uint)ready.Length];
            if (!one.Gate.IsClosed && (best is null || IsLessBusy(one, best)))
            {
                best = one;
            }
        }

        return best;
    }

    private static bool IsLessBusy(IConnection one, IConnection other) =>
        one.Gate.CallsInside < other.Gate.CallsInside;

    private sealed record Table(long Version, ServerStatus? Status, IConnection[] Ready);
}
