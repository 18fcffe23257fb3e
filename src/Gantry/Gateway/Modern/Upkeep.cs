using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;

namespace Gantry.Gateway.Modern;

/// <summary>What of clients without sessions is to be looked after from time to time.</summary>
internal sealed class Upkeep(Board board, Callers callers, Leases leases, Parking parking)
{
    public async Task TickAsync(int now)
    {
        leases.Tick(now);
        callers.Prune(caller => Exists(board.Current.Config, caller));
        await parking.ExpireAsync();
    }

    /// <summary>Ends every open stream, so that the listener can stop.</summary>
    public void EndStreams() => callers.EndStreams();

    private static bool Exists(ConfigSnapshot config, Caller caller) =>
        caller.Target switch
        {
            Target.Server server => config.Shows(server.Name, caller.Envelope.Tenancy),
            Target.Several { Group: { } group } => ServerName.TryParse(group, out var name)
                && config.Groups.ContainsKey(name),
            _ => true,
        };
}
