using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// Responses that may be given again, of all servers. Bounded in bytes; whatever was not asked for
/// longest goes first.
/// </summary>
internal sealed class AnswerCache(GatewayLimits limits, TimeProvider time)
{
    // One answer shall not drive out all others.
    private const int LargestPart = 8;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Dictionary<AnswerKey, LinkedListNode<Entry>> _byKey = [];
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public int LargestAnswer => limits.MaxCacheSize / LargestPart;

    /// <summary>The response for a request with this id; null when there is none, or not any
    /// more.</summary>
    public byte[]? Find(AnswerKey key, ReadOnlySpan<byte> id)
    {
        var now = time.GetUtcNow();
        Remembered answer;
        TimeSpan rest;
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var found))
            {
                return null;
            }

            rest = found.Value.Until - now;
            if (rest <= TimeSpan.Zero)
            {
                Remove(found);
                return null;
            }

            _byUse.Remove(found);
            _byUse.AddLast(found);
            answer = found.Value.Answer;
        }

        return answer.Write(id, rest);
    }

    public void Store(AnswerKey key, ServerName server, Remembered answer, TimeSpan ttl)
    {
        if (answer.Length > LargestAnswer)
        {
            return;
        }

        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out var old))
            {
                Remove(old);
            }

            var entry = new Entry(key, server, answer, time.GetUtcNow() + ttl);
            _byKey[key] = _byUse.AddLast(entry);
            _bytes += entry.Answer.Length;
            while (_bytes > limits.MaxCacheSize && _byUse.First is { } oldest)
            {
                Remove(oldest);
            }
        }
    }

    public void Drop(ServerName server)
    {
        lock (_lock)
        {
            for (var entry = _byUse.First; entry is not null; )
            {
                var next = entry.Next;
                if (entry.Value.Server == server)
                {
                    Remove(entry);
                }

                entry = next;
            }
        }
    }

    private void Remove(LinkedListNode<Entry> entry)
    {
        _byUse.Remove(entry);
        _byKey.Remove(entry.Value.Key);
        _bytes -= entry.Value.Answer.Length;
    }

    private sealed record Entry(
        AnswerKey Key,
        ServerName Server,
        Remembered Answer,
        DateTimeOffset Until
    );
}

/// <summary>A response as its client read it, with the places of what differs the next time.</summary>
/// <param name="Ttl">The value of <c>ttlMs</c>; empty when it has none.</param>
internal sealed record Remembered(byte[] Utf8, Slot Id, Slot Ttl)
{
    public int Length => Utf8.Length;

    public byte[] Write(ReadOnlySpan<byte> id, TimeSpan rest)
    {
        Span<byte> left = stackalloc byte[20];
        System.Buffers.Text.Utf8Formatter.TryFormat(
            (long)rest.TotalMilliseconds,
            left,
            out var length
        );
        var ttl = left[..length];
        return Ttl.IsEmpty ? [.. Utf8.AsSpan(0, Id.Start), .. id, .. Utf8.AsSpan(Id.End)]
            : Id.Start < Ttl.Start
                ?
                [
                    .. Utf8.AsSpan(0, Id.Start),
                    .. id,
                    .. Utf8.AsSpan(Id.End, Ttl.Start - Id.End),
                    .. ttl,
                    .. Utf8.AsSpan(Ttl.End),
                ]
            :
            [
                .. Utf8.AsSpan(0, Ttl.Start),
                .. ttl,
                .. Utf8.AsSpan(Ttl.End, Id.Start - Ttl.End),
                .. id,
                .. Utf8.AsSpan(Id.End),
            ];
    }
}
