using Gantry.Bench.Subjects;

namespace Gantry.Bench.Load;

/// <summary>What came of one cell. Durations are in microseconds.</summary>
internal sealed record Score(double CallsPerSecond, double P50, double P90, double P99)
{
    public required long Calls { get; init; }

    public long Wrong { get; init; }

    public string? Failure { get; init; }

    public Memory Memory { get; init; } = new(0, 0);

    public Spent Spent { get; init; } = new(TimeSpan.Zero, null);

    /// <summary>The processor time of the side that calls.</summary>
    public TimeSpan Own { get; init; }

    /// <summary>The share of the machine's processor time that its host took meanwhile.</summary>
    public double Stolen { get; init; }

    /// <summary>The gateway's processor time for each call, in microseconds.</summary>
    public double Cpu => Spent.Cpu.TotalMicroseconds / Calls;

    public double OwnCpu => Own.TotalMicroseconds / Calls;

    /// <summary>Bytes; null when the gateway does not say.</summary>
    public double? Allocated => Spent.Allocated / (double)Calls;

    public static Score Of(IReadOnlyCollection<Caller> callers, TimeSpan took)
    {
        var all = new Histogram();
        foreach (var caller in callers)
        {
            all.Add(caller.Durations);
        }

        return new(
            all.Count / took.TotalSeconds,
            all.Percentile(0.50),
            all.Percentile(0.90),
            all.Percentile(0.99)
        )
        {
            Calls = Math.Max(all.Count, 1),
            Wrong = callers.Sum(caller => caller.Wrong),
            Failure = callers
                .Select(caller => caller.Failure)
                .FirstOrDefault(failure => failure is not null),
        };
    }
}
