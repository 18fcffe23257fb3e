namespace Gantry.Access;

/// <summary>Looks after the file of keys, which another process may change at any time.</summary>
// By its stamp and no notification: the file may be on another machine.
internal sealed class KeyWatch(KeyRing ring, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            ring.LookAgain();
        }
    }
}
