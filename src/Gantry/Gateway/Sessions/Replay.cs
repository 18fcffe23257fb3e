using System.Globalization;
using Gantry.Config;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// What went out lately on a session's event streams, for a client that lost one of them and asks
/// for the rest. Bounded by events, bytes and time; the oldest go first.
/// </summary>
internal sealed class Replay(GatewayLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, ReplayStream> _streams = [];

    // In the order in which they came, whatever their stream: each of them has one entry here.
    private readonly Queue<ReplayStream> _order = new();
    private int _lastStream = -1;
    private long _bytes;
    private int _stale;

    public bool Keeps(int length) => length <= limits.MaxReplayBytes;

    /// <summary>A new stream of the session.</summary>
    public ReplayStream Begin()
    {
        lock (_lock)
        {
            var stream = new ReplayStream(this, ++_lastStream);
            _streams[stream.Number] = stream;
            return stream;
        }
    }

    /// <summary>The stream that an event was of, and which event that was; null when it is not
    /// known (any more).</summary>
    public (ReplayStream Stream, int After)? Find(string eventId)
    {
        var dash = eventId.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || Number(eventId.AsSpan(0, dash)) is not { } number)
        {
            return null;
        }

        lock (_lock)
        {
            return
                _streams.TryGetValue(number, out var stream)
                && Number(eventId.AsSpan(dash + 1)) is { } after
                ? (stream, after)
                : null;
        }
    }

    /// <summary>Forgets what was there at the last sweep already.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            for (; _stale > 0; _stale--)
            {
                DropOldest();
            }

            _stale = _order.Count;
        }
    }

    /// <summary>Runs with the streams at rest, as all of them share one lock.</summary>
    public T Guard<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }

    /// <summary>Counts an event that a stream just got. Only inside <see cref="Guard"/>.</summary>
    public void Count(ReplayStream stream, int bytes)
    {
        _order.Enqueue(stream);
        _bytes += bytes;
        while (_bytes > limits.MaxReplayBytes || _order.Count > limits.MaxReplayEvents)
        {
            DropOldest();
            _stale = Math.Max(_stale - 1, 0);
        }
    }

    private void DropOldest()
    {
        var stream = _order.Dequeue();
        _bytes -= stream.DropOldest();
        if (stream.IsSpent)
        {
            _streams.Remove(stream.Number);
        }
    }

    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
