using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Runtimes.Stdio;

/// <summary>
/// Which specs were of servers without sessions, so that these are not asked for one with each
/// start. A memory that is wrong costs one question more.
/// </summary>
internal sealed class EraMemory
{
    private const int MaxKnown = 10_000;

    private readonly ConcurrentDictionary<SpecHash, byte> _modern = new();

    public bool IsModern(SpecHash spec) => _modern.ContainsKey(spec);

    public void Note(SpecHash spec, Dialect dialect)
    {
        if (dialect.HasSessions)
        {
            _modern.TryRemove(spec, out _);
        }
        else if (_modern.Count < MaxKnown)
        {
            _modern[spec] = 0;
        }
    }
}
