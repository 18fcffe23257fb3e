using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Admin;

/// <summary>
/// Whether the daemon has come up: it listens, its configuration is loaded, and every eager server
/// has had its first attempt. Once up it stays so until it drains; a server that is added later
/// does not take away what is served.
/// </summary>
internal sealed class Readiness(Board board)
{
    private volatile bool _listening;
    private volatile bool _wasReady;
    private volatile bool _draining;

    public void Listening() => _listening = true;

    public void Draining() => _draining = true;

    /// <summary>What is still awaited; empty when ready.</summary>
    public IReadOnlyList<string> Waiting()
    {
        if (_draining)
        {
            return ["the daemon is shutting down"];
        }

        if (_wasReady)
        {
            return [];
        }

        var waiting = Missing(board.Current);
        _wasReady = waiting.Count is 0;
        return waiting;
    }

    /// <summary>Waits until nothing is missing.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var version = board.Current.Version;
            if (Waiting().Count is 0)
            {
                return;
            }

            await board.AfterAsync(version, cancellationToken);
        }
    }

    private List<string> Missing(BoardSnapshot current)
    {
        List<string> missing = [];
        if (!_listening)
        {
            missing.Add("the listeners are not bound yet");
        }

        if (current.Config.Revision.Length is 0)
        {
            missing.Add("the configuration is not loaded yet");
        }

        missing.AddRange(
            current
                .Config.Servers.Values.Where(server => IsUntried(server, current))
                .Select(server => $"{server.Name} had no attempt to start yet")
        );
        return missing;
    }

    // Where each session has an instance of its own there is nothing to try before one comes.
    private static bool IsUntried(Desired desired, BoardSnapshot current) =>
        desired.Spec is { Start: StartMode.Eager, Isolation: Isolation.Shared }
        && current.Servers.GetValueOrDefault(desired.Name)
            is null
                or { Instances.Length: 0, Exits.Length: 0, Intent.Paused: false };
}
