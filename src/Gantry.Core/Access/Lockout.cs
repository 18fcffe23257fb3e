namespace Gantry.Access;

/// <summary>
/// Makes guessing slow: after some failures, who fails is not listened to for a while that doubles
/// with each further failure.
/// </summary>
/// <param name="free">How many failures cost nothing.</param>
/// <param name="longest">The longest that anybody is not listened to.</param>
public sealed class Lockout(int free, TimeSpan longest, TimeProvider time)
{
    /// <summary>How many who failed are remembered; beyond that the one who has been quiet longest
    /// is forgotten.</summary>
    public const int MaxRemembered = 10_000;

    /// <summary>Who has not failed for so long starts afresh.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Failures>> _known = new(
        StringComparer.Ordinal
    );
    private readonly LinkedList<Failures> _byAge = new();

    /// <summary>How long this one is not listened to yet; zero when it is.</summary>
    public TimeSpan Left(string who)
    {
        lock (_lock)
        {
            var left = _known.TryGetValue(who, out var node) ? node.Value.Until - Now : default;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <param name="what">Tells what was tried from what else might have been. The same again is
    /// no guess: a client that does not know of a revoked key must not lock out its neighbours.
    /// </param>
    /// <returns>For how long it is not listened to from now on; mostly zero.</returns>
    public TimeSpan Fail(string who, long what)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(who, out var last) && last.Value.What == what)
            {
                return TimeSpan.Zero;
            }

            Forget();
            var count = _known.Remove(who, out var was) ? was.Value.Count + 1 : 1;
            if (was is not null)
            {
                _byAge.Remove(was);
            }

            var penalty = Penalty(count);
            _known[who] = _byAge.AddLast(new Failures(who, what, count, Now, Now + penalty));
            return penalty;
        }
    }

    public void Forgive(string who)
    {
        lock (_lock)
        {
            if (_known.Remove(who, out var node))
            {
                _byAge.Remove(node);
            }
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private TimeSpan Penalty(int count)
    {
        if (count <= free)
        {
            return TimeSpan.Zero;
        }

        var doubled = s_first * Math.Pow(2, Math.Min(count - free - 1, 30));
        return doubled < longest ? doubled : longest;
    }

    private void Forget()
    {
        while (
            _byAge.First is { } oldest
            && (_known.Count >= MaxRemembered || oldest.Value.Last + s_memory < Now)
        )
        {
            _known.Remove(oldest.Value.Who);
            _byAge.RemoveFirst();
        }
    }

    private readonly record struct Failures(
        string Who,
        long What,
        int Count,
        DateTimeOffset Last,
        DateTimeOffset Until
    );
}
