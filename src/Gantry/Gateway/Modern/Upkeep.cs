using Gantry.Reconcile;

namespace Gantry.Gateway.Modern;

/// <summary>What of clients without sessions is to be looked after from time to time.</summary>
internal sealed class Upkeep(Board board, Callers callers, Leases leases, Parking parking)
{
    public async Task TickAsync(int now)
    {
        leases.Tick(now);
        callers.Prune(board.Current.Config);
        await parking.ExpireAsync();
    }

    /// <summary>Ends every open stream, so that the listener can stop.</summary>
    public void EndStreams() => callers.EndStreams();
}
