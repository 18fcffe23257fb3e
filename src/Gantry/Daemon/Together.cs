namespace Gantry.Daemon;

/// <summary>Background work that belongs together.</summary>
internal static class Together
{
    /// <summary>
    /// Runs all until cancelled. When one ends before that, by an error or by itself, the others
    /// are ended too: half a daemon must not look like a whole one.
    /// </summary>
    public static async Task RunAsync(
        IReadOnlyList<Func<CancellationToken, Task>> works,
        CancellationToken cancellationToken
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = works.Select(work => work(end.Token)).ToArray();
        await Task.WhenAny(tasks);
        await end.CancelAsync();
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The way all of them end.
        }
    }
}
