using Gantry.Config;
using Gantry.Reconcile;

namespace Gantry.Access;

/// <summary>The board as somebody may see it: without the servers of other tenants.</summary>
internal static class Visible
{
    public static BoardSnapshot To(Principal principal, BoardSnapshot board)
    {
        if (principal.Tenancy.IsEverything)
        {
            return board;
        }

        var config = board.Config;
        var servers = config.Servers.RemoveRange(
            config.Servers.Values.Where(server => !Sees(principal, server)).Select(Name)
        );
        return board with
        {
            Config = config with
            {
                Servers = servers,
                // Of servers that are switched off nobody knows whose they were.
                Disabled = config.Disabled.Clear(),
                Diagnostics = config.Diagnostics.RemoveAll(problem =>
                    problem.Server is not { } about || !servers.ContainsKey(about)
                ),
            },
            Servers = board.Servers.RemoveRange(
                board.Servers.Keys.Where(name => !Sees(principal, name, board))
            ),
        };
    }

    // A server in the configuration is whose it is now, not when its loop last looked.
    /// <summary>What is of no server concerns the whole, and so only those who see it.</summary>
    public static bool Sees(Principal principal, ServerName? server, BoardSnapshot board) =>
        principal.Tenancy.IsEverything
        || (
            server is { } name
            && (
                board.Config.Servers.GetValueOrDefault(name)
                ?? board.Servers.GetValueOrDefault(name)?.Desired
            )
                is { } desired
            && Sees(principal, desired)
        );

    extension(ConfigSnapshot config)
    {
        /// <summary>Whether the server is there for callers of this tenancy.</summary>
        public bool Shows(ServerName server, Tenancy tenancy) =>
            config.Servers.GetValueOrDefault(server) is { } desired
            && tenancy.Sees(desired.Spec.Tenant);
    }

    private static bool Sees(Principal principal, Desired server) =>
        principal.Tenancy.Sees(server.Spec.Tenant);

    private static ServerName Name(Desired server) => server.Name;
}
