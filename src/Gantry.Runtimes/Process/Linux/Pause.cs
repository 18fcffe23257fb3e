namespace Gantry.Runtimes.Process.Linux;

/// <summary>The keeper has two threads and no event loop: waiting there is blocking.</summary>
internal static class Pause
{
    private static readonly ManualResetEventSlim s_never = new();

    public static void For(TimeSpan time) => s_never.Wait(time);
}
