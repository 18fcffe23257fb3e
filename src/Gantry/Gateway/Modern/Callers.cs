using System.Collections.Concurrent;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>All who make requests without a session.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<Key, Caller> _all = new();

    // Of an envelope only whose it is, and what they see, lasts longer than its request.
    public Caller Of(Target target, Envelope envelope)
    {
        var key = new Key(target, envelope.Principal, envelope.Tenancy);
        return _all.TryGetValue(key, out var caller)
            ? caller
            : _all.GetOrAdd(
                key,
                static key => new(key.Target, new(key.Principal) { Tenancy = key.Tenancy })
            );
    }

    /// <summary>Ends every stream, so that the listener can stop.</summary>
    public void EndStreams()
    {
        foreach (var (_, caller) in _all)
        {
            caller.Listens.End();
        }
    }

    /// <summary>Ends the streams at what is gone, be it for their caller alone, and forgets who is
    /// gone.</summary>
    public void Prune(Func<Caller, bool> exists)
    {
        foreach (var (key, caller) in _all)
        {
            if (!exists(caller))
            {
                caller.Listens.End();
            }

            if (caller.IsGone)
            {
                _all.TryRemove(key, out _);
            }
        }
    }

    private readonly record struct Key(Target Target, string? Principal, Tenancy Tenancy);
}
