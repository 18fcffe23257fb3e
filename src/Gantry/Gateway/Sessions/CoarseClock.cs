using Gantry.Config;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// Whole seconds since the start, as of the last tick of <see cref="Housekeeping"/>: enough to tell
/// a silent stream or an abandoned session, and free to read.
/// </summary>
internal sealed class CoarseClock(GatewayLimits limits, TimeProvider time)
{
    // How late a keep-alive may be, as a part of its interval.
    private const int TicksPerKeepAlive = 3;

    private readonly long _started = time.GetTimestamp();
    private int _now;

    public int Now => Volatile.Read(ref _now);

    /// <summary>Says when to <see cref="Advance"/>.</summary>
    public PeriodicTimer NewTicker() => new(limits.KeepAlive / TicksPerKeepAlive, time);

    public int Advance()
    {
        var now = (int)time.GetElapsedTime(_started).TotalSeconds;
        Volatile.Write(ref _now, now);
        return now;
    }
}
