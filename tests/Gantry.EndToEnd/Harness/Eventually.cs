using System.Diagnostics;

namespace Gantry.EndToEnd.Harness;

/// <summary>The one way in which scenarios wait: look again until it is so, but not for ever.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(
        string what,
        Func<bool> condition,
        CancellationToken cancellationToken
    ) => TrueAsync(what, () => Task.FromResult(condition()), cancellationToken);

    /// <param name="what">Says in the failure what was waited for.</param>
    public static async Task TrueAsync(
        string what,
        Func<Task<bool>> condition,
        CancellationToken cancellationToken
    ) =>
        await GetAsync(
            what,
            async () => await condition() ? what : null,
            Patience,
            cancellationToken
        );

    /// <summary>Waits until <paramref name="look"/> gives something.</summary>
    public static async Task<T> GetAsync<T>(
        string what,
        Func<Task<T?>> look,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                throw new TimeoutException($"Not within {patience}: {what}.");
            }

            await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
        }
    }
}
