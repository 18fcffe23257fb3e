using Gantry.Gateway.Modern;

namespace Gantry.Gateway.Sessions;

/// <summary>The one ticker of the gateway: no call, stream or session has a timer of its own.</summary>
internal sealed class Housekeeping(
    SessionTable sessions,
    Upkeep upkeep,
    CoarseClock clock,
    GatewayLimits limits,
    TimeProvider time,
    IHostApplicationLifetime lifetime
) : BackgroundService
{
    // How late a keep-alive may be, as a part of its interval.
    private const int TicksPerKeepAlive = 3;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A stream would otherwise hold up the listener until its patience ends.
        using var stopping = lifetime.ApplicationStopping.Register(sessions.EndStreams);
        using var alsoStopping = lifetime.ApplicationStopping.Register(upkeep.EndStreams);
        using var timer = new PeriodicTimer(limits.KeepAlive / TicksPerKeepAlive, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            sessions.Tick(clock.Advance());
            await upkeep.TickAsync(clock.Now);
        }
    }
}
