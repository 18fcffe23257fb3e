namespace Gantry.Access;

/// <summary>Lets through a rate, and at once as much as one period's worth.</summary>
internal sealed class TokenBucket(Rate rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly double _perSecond = rate.Count / rate.Per.TotalSeconds;
    private double _tokens = rate.Count;
    private long _filled = time.GetTimestamp();

    /// <summary>Zero when <paramref name="count"/> were taken; otherwise how long to wait until
    /// they could be.</summary>
    public TimeSpan Take(int count)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var gained = time.GetElapsedTime(_filled, now).TotalSeconds * _perSecond;
            (_tokens, _filled) = (Math.Min(rate.Count, _tokens + gained), now);
            // More than ever fit in are taken when it is full, or they would wait for ever.
            var wanted = Math.Min(count, rate.Count);
            if (_tokens >= wanted)
            {
                _tokens -= wanted;
                return TimeSpan.Zero;
            }

            return TimeSpan.FromSeconds((wanted - _tokens) / _perSecond);
        }
    }
}
