using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Runtimes;

namespace Gantry.Admin.Resources;

/// <summary>Follows the logs of many servers as one, also of those that are yet to come.</summary>
internal sealed class LogFollower(ServerLogs logs, Sight sight)
{
    /// <summary>How many lines wait for a slow client; then the servers' feeds hold them.</summary>
    private const int MaxWaiting = 256;

    /// <param name="server">Null for all.</param>
    public async IAsyncEnumerable<LogView> FollowAsync(
        ServerName? server,
        int tail,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lines = Channel.CreateBounded<LogView>(MaxWaiting);
        var pumps = server is { } one
            ? PumpOneAsync(one, tail, lines.Writer, end.Token)
            : PumpAllAsync(tail, lines.Writer, end.Token);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }
        finally
        {
            await end.CancelAsync();
            await pumps.ContinueWith(
                static _ => { },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    private async Task PumpOneAsync(
        ServerName server,
        int tail,
        ChannelWriter<LogView> lines,
        CancellationToken cancellationToken
    )
    {
        await PumpAsync(server, tail, lines, cancellationToken);
        lines.Complete();
    }

    private async Task PumpAllAsync(
        int tail,
        ChannelWriter<LogView> lines,
        CancellationToken cancellationToken
    )
    {
        var pumps = new Dictionary<ServerName, Task>();
        try
        {
            for (var current = sight.Board; ; )
            {
                foreach (
                    var name in current.Config.Servers.Keys.Where(name =>
                        !pumps.ContainsKey(name) && sight.Owns(name)
                    )
                )
                {
                    pumps.Add(name, PumpAsync(name, tail, lines, cancellationToken));
                }

                current = await sight.AfterAsync(current.Version, cancellationToken);
            }
        }
        finally
        {
            await Task.WhenAll(pumps.Values);
        }
    }

    private async Task PumpAsync(
        ServerName server,
        int tail,
        ChannelWriter<LogView> lines,
        CancellationToken cancellationToken
    )
    {
        await foreach (var line in logs.Of(server).FollowAsync(tail, cancellationToken))
        {
            // It may have become another tenant's.
            if (!sight.Owns(server))
            {
                return;
            }

            await lines.WriteAsync(Viewing.Of(server, line), cancellationToken);
        }
    }
}
