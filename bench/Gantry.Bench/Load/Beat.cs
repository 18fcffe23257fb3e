using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gantry.Bench.Load;

/// <summary>
/// When a caller's calls are due: at equal distances, whatever became of the calls before. A call
/// that starts late because its connection was busy is still timed from when it was due.
/// </summary>
internal sealed partial class Beat
{
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;

    private readonly long _step;
    private long _due;

    private Beat(long first, long step)
    {
        (_due, _step) = (first - step, step);
        // Otherwise the kernel may wake this thread 50 µs later than asked.
        _ = ProcessControl(SetTimerSlack, 1);
    }

    /// <summary>For this caller of a cell; null when none of its calls are due at a time.</summary>
    public static Beat? Of(Cell cell, int caller, long began)
    {
        if (cell.Rate is not { } rate)
        {
            return null;
        }

        var step = Stopwatch.Frequency * cell.Connections / rate;
        return new(began + (step * caller / cell.Connections), step);
    }

    /// <summary>Waits until the next call is due; does not wait when that has passed.</summary>
    /// <returns>The time at which it was due, as a timestamp.</returns>
    public long Next()
    {
        _due += _step;
        // A timestamp here is the monotonic clock in nanoseconds.
        var at = new TimeSpec(_due / Stopwatch.Frequency, _due % Stopwatch.Frequency);
        while (
            Stopwatch.GetTimestamp() < _due && Sleep(Monotonic, AbsoluteTime, in at, nint.Zero) != 0
        ) { }

        return _due;
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, in TimeSpec until, nint left);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint value);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
