namespace Gantry.Access;

/// <summary>What is left of somebody's limits at this moment.</summary>
public sealed class Budget
{
    /// <summary>When to come again after too many at a time: nobody knows when one ends.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    private readonly TokenBucket? _bucket;
    private int _running;

    public Budget(Limits limits, TimeProvider time)
    {
        Limits = limits;
        _bucket = limits.Rate is { } rate ? new(rate, time) : null;
    }

    public Limits Limits { get; }

    public bool IsLimited => _bucket is not null || Limits.Concurrency is not null;

    /// <summary>Takes from the rate. Null when it was there.</summary>
    public Excess? Take(int count) =>
        _bucket?.Take(count) is { Ticks: > 0 } wait ? new($"rate of {Limits.Rate}", wait) : null;

    /// <summary>Begins something that counts until <see cref="Leave"/>. Null when it may.</summary>
    public Excess? Enter()
    {
        if (Limits.Concurrency is not { } most)
        {
            return null;
        }

        if (Interlocked.Increment(ref _running) <= most)
        {
            return null;
        }

        Interlocked.Decrement(ref _running);
        return new($"limit of {most} at a time", s_soon);
    }

    public void Leave()
    {
        if (Limits.Concurrency is not null)
        {
            Interlocked.Decrement(ref _running);
        }
    }
}

/// <summary>Somebody asked for too much.</summary>
/// <param name="Limit">Which limit, continuing "over the".</param>
/// <param name="RetryAfter">When it may be better.</param>
public sealed record Excess(string Limit, TimeSpan RetryAfter);
