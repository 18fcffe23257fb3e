using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Gantry.Wire;

/// <summary>
/// One who looks at a <see cref="WireTap"/>. What waits here is bounded: who looks too slowly
/// loses frames, and is told how many.
/// </summary>
public sealed class TapViewer : IDisposable
{
    /// <summary>How many frames may wait.</summary>
    public const int MaxWaiting = 1024;

    /// <summary>How many bytes they may have together.</summary>
    public const int MaxWaitingBytes = 8 * WireTap.MaxKept;

    private readonly Lock _lock = new();
    private readonly Action<TapViewer> _leave;
    private readonly Channel<Seen> _waiting = Channel.CreateUnbounded<Seen>(
        new() { SingleReader = true }
    );
    private int _count;
    private long _bytes;
    private long _lost;

    internal TapViewer(Action<TapViewer> leave) => _leave = leave;

    /// <summary>What passes, until cancelled. One reader.</summary>
    public async IAsyncEnumerable<Seen> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_waiting.Reader.TryRead(out var seen))
            {
                Release(seen);
                yield return seen;
            }

            // What was lost last has no frame behind it that could tell.
            if (TakeLost() is > 0 and var lost)
            {
                yield return new(null, lost);
            }
        }
    }

    public void Dispose()
    {
        _leave(this);
        _waiting.Writer.TryComplete();
    }

    /// <summary>Whether a frame of this length can wait; if not, it is lost.</summary>
    internal bool HasRoom(int length)
    {
        lock (_lock)
        {
            var isFull =
                _count >= MaxWaiting
                || _bytes + Math.Min(length, WireTap.MaxKept) > MaxWaitingBytes;
            _lost += isFull ? 1 : 0;
            return !isFull;
        }
    }

    internal void Take(Sighting sighting)
    {
        lock (_lock)
        {
            _count++;
            _bytes += sighting.Utf8.Length;
            _waiting.Writer.TryWrite(new(sighting, _lost));
            _lost = 0;
        }
    }

    private void Release(Seen seen)
    {
        lock (_lock)
        {
            _count--;
            _bytes -= seen.Sighting?.Utf8.Length ?? 0;
        }
    }

    private long TakeLost()
    {
        lock (_lock)
        {
            var lost = _lost;
            _lost = 0;
            return lost;
        }
    }
}

/// <param name="Sighting">Null when only something was lost.</param>
/// <param name="Lost">How many frames were lost before it.</param>
public readonly record struct Seen(Sighting? Sighting, long Lost);
