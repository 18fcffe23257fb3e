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
    private readonly Dictionary<string, IConnection> _askers = new(StringComparer.Ordinal);

    public bool TryAdd(ReadOnlySpan<byte> id, IConnection asker)
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
    public IConnection? Take(ReadOnlySpan<byte> id)
    {
        lock (_lock)
        {
            return _askers.Remove(Encoding.UTF8.GetString(id), out var asker) ? asker : null;
        }
    }

    /// <summary>Forgets what an instance asked that is gone.</summary>
    public void Forget(IConnection asker)
    {
        lock (_lock)
        {
            foreach (var (id, other) in _askers)
            {
                if (ReferenceEquals(other, asker))
                {
                    _askers.Remove(id);
                }
            }
        }
    }
}
