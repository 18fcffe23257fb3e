using System.Text;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// What a session's own instance asked its client and was not answered yet. An answer goes only to
/// the instance that asked, not to its successor with the same numbers.
/// </summary>
internal sealed class OpenQuestions(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Asker> _askers = new(StringComparer.Ordinal);
    private int _lastNumber;

    public bool TryAdd(ReadOnlySpan<byte> id, IConnection connection) =>
        TryAdd(id, new Asker(connection, null));

    /// <summary>
    /// Notes a question of Gantry's own, whose whole answer the task brings, for the caller to
    /// dispose.
    /// </summary>
    /// <returns>Its id as JSON text; null when there are too many.</returns>
    public byte[]? TryAdd(TaskCompletionSource<Frame> answered)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var id = Encoding.UTF8.GetBytes($"\"gantry-{number}\"");
        return TryAdd(id, new Asker(null, answered)) ? id : null;
    }

    private bool TryAdd(ReadOnlySpan<byte> id, Asker asker)
    {
        lock (_lock)
        {
            if (_askers.Count >= limit)
            {
                return false;
            }

            _askers[Encoding.UTF8.GetString(id)] = asker;
            return true;
        }
    }

    /// <summary>Who asked; null when nobody did, or the answer came twice.</summary>
    public Asker? Take(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _askers.Remove(Encoding.UTF8.GetString(id), out var asker) ? asker : null;
        }
    }

    /// <summary>Forgets what an instance asked that is gone.</summary>
    public void Forget(IConnection connection)
    {
        lock (_lock)
        {
            foreach (var (id, other) in _askers)
            {
                if (ReferenceEquals(other.Connection, connection))
                {
                    _askers.Remove(id);
                }
            }
        }
    }
}

/// <summary>Who waits for an answer: an instance, or Gantry in the name of one.</summary>
internal sealed record Asker(IConnection? Connection, TaskCompletionSource<Frame>? Answered);
