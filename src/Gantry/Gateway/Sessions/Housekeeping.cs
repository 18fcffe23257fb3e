using Gantry.Gateway.Duplex;
using Gantry.Gateway.Flow;
using Gantry.Gateway.Modern;

namespace Gantry.Gateway.Sessions;

/// <summary>The one ticker of the gateway: no call, stream or session has a timer of its own.</summary>
internal sealed class Housekeeping(
    SessionTable sessions,
    Upkeep upkeep,
    Conversations conversations,
    CoarseClock clock,
    KeptResults kept,
    IHostApplicationLifetime lifetime
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A stream would otherwise hold up the listener until its patience ends.
        using var stopping = lifetime.ApplicationStopping.Register(EndStreams);
        using var timer = clock.NewTicker();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = clock.Advance();
            sessions.Tick(now);
            conversations.Tick(now);
            kept.Tick();
            await upkeep.TickAsync(now);
        }
    }

    private void EndStreams()
    {
        conversations.EndAll();
        sessions.EndStreams();
        upkeep.EndStreams();
    }
}
