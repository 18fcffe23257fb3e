using System.Numerics;

namespace Gantry.Bench.Load;

/// <summary>
/// Counts durations in buckets 1.6 % wide, so that recording one costs a few instructions and no
/// memory. One writer; add several together to read them.
/// </summary>
internal sealed class Histogram
{
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[] _counts = new long[64 * SubBuckets];

    public long Count { get; private set; }

    public void Record(long nanoseconds)
    {
        _counts[Bucket(nanoseconds)]++;
        Count++;
    }

    public void Add(Histogram other)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }

        Count += other.Count;
    }

    /// <summary>The duration that this part of all did not exceed, in microseconds.</summary>
    public double Percentile(double part)
    {
        var left = (long)Math.Ceiling(Count * part);
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            left -= _counts[bucket];
            if (left <= 0)
            {
                return Floor(bucket) / 1000.0;
            }
        }

        return 0;
    }

    private static int Bucket(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBits);
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    private static long Floor(int bucket)
    {
        var shift = Math.Max(0, (bucket / SubBuckets) - 1);
        return (long)(bucket - (shift * SubBuckets)) << shift;
    }
}
