using System.Runtime.CompilerServices;
using Gantry.Config.Loading;
using Microsoft.Extensions.Logging;

namespace Gantry.Config;

/// <summary>Loads the configuration whenever something near its files changes.</summary>
public sealed partial class ConfigWatcher(
    ConfigLoader loader,
    ConfigInputs inputs,
    TimeProvider time,
    ILogger<ConfigWatcher> logger
)
{
    /// <summary>One save is often several events, and a checkout many.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromMilliseconds(150);

    /// <summary>Some file systems tell nothing.</summary>
    private static readonly TimeSpan s_rescan = TimeSpan.FromSeconds(10);

    private string? _reported;

    /// <summary>
    /// Yields each new snapshot that differs from the one before, the first of them being
    /// <paramref name="first"/>, until cancelled.
    /// </summary>
    public async IAsyncEnumerable<ConfigSnapshot> WatchAsync(
        ConfigSnapshot first,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var current = first;
        while (true)
        {
            // Watching begins anew each time, since what was watched may have been replaced; what
            // happens in between shows in the load.
            using var watches = DirectoryWatches.Start(inputs);
            Report(watches);
            var next = loader.Load(current);
            if (next.Revision != current.Revision)
            {
                LogChanged(next.Revision, next.Servers.Count, next.Diagnostics.Length);
                current = next;
                yield return next;
            }

            await WaitAsync(watches, cancellationToken);
            await Task.Delay(s_calm, time, cancellationToken);
        }
    }

    private void Report(DirectoryWatches watches)
    {
        if (watches.Refusal is { } refusal && refusal != _reported)
        {
            LogRefused(refusal, s_rescan);
        }

        _reported = watches.Refusal;
    }

    private async Task WaitAsync(DirectoryWatches watches, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(s_rescan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token,
            cancellationToken
        );
        try
        {
            await watches.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "Configuration {Revision}: servers {Servers}, problems {Problems}"
    )]
    private partial void LogChanged(string revision, int servers, int problems);

    [LoggerMessage(
        LogLevel.Warning,
        "Files cannot be watched ({Why}); they are looked at every {Interval} instead"
    )]
    private partial void LogRefused(string why, TimeSpan interval);
}
