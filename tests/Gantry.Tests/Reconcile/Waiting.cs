using Gantry.Config;

namespace Gantry.Reconcile;

internal static class Waiting
{
    extension(Board board)
    {
        /// <summary>Waits until the board says so of a server.</summary>
        public async Task<ServerStatus> Until(
            ServerName server,
            Func<ServerStatus, bool> holds,
            CancellationToken cancellationToken
        )
        {
            var snapshot = await board.Until(
                now => now.Servers.TryGetValue(server, out var status) && holds(status),
                cancellationToken
            );
            return snapshot.Servers[server];
        }

        public async Task<BoardSnapshot> Until(
            Func<BoardSnapshot, bool> holds,
            CancellationToken cancellationToken
        )
        {
            var snapshot = board.Current;
            while (!holds(snapshot))
            {
                snapshot = await board.AfterAsync(snapshot.Version, cancellationToken);
            }

            return snapshot;
        }
    }
}
