using Gantry.Gateway.Duplex;
using Gantry.Gateway.Sessions;

namespace Gantry.Daemon;

/// <summary>Ends a daemon that nobody has used for a while.</summary>
internal sealed partial class IdleExit(
    SessionTable sessions,
    Conversations conversations,
    Patience patience,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<IdleExit> logger
) : BackgroundService
{
    private const int LooksPerPatience = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lastUse = time.GetTimestamp();
        using var timer = new PeriodicTimer(patience.Span / LooksPerPatience, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (IsInUse())
            {
                lastUse = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(lastUse) >= patience.Span)
            {
                LogLeaving(patience.Span);
                lifetime.StopApplication();
                return;
            }
        }
    }

    // A session without a stream counts for as long as its client may have it in mind.
    private bool IsInUse() =>
        !conversations.IsEmpty
        || sessions.All.Any(session =>
            !session.IsIdle || sessions.Now - session.LastUse < patience.Span.TotalSeconds
        );

    [LoggerMessage(LogLevel.Information, "Nobody has used this daemon for {Span}: it ends.")]
    private partial void LogLeaving(TimeSpan span);
}

/// <summary>How long a daemon stays without a client.</summary>
internal sealed record Patience(TimeSpan Span);
