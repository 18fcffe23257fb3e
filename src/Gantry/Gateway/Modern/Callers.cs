using System.Collections.Concurrent;
using Gantry.Access;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>All who make requests without a session.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<(ServerName, string?, Tenancy), Caller> _all = new();

    // Of an envelope only whose it is lasts longer than its request.
    public Caller Of(ServerName server, Envelope envelope) =>
        _all.TryGetValue((server, envelope.Principal, envelope.Tenancy), out var caller)
            ? caller
            : _all.GetOrAdd(
                (server, envelope.Principal, envelope.Tenancy),
                new Caller(server, new(envelope.Principal) { Tenancy = envelope.Tenancy })
            );

    /// <summary>Ends every stream, so that the listener can stop.</summary>
    public void EndStreams()
    {
        foreach (var (_, caller) in _all)
        {
            caller.Listens.End();
        }
    }

    /// <summary>Ends the streams at servers that are gone, be it for their caller alone, and forgets
    /// who is gone.</summary>
    public void Prune(ConfigSnapshot config)
    {
        foreach (var (key, caller) in _all)
        {
            if (!config.Shows(caller.Server, caller.Envelope.Tenancy))
            {
                caller.Listens.End();
            }

            if (caller.IsGone)
            {
                _all.TryRemove(key, out _);
            }
        }
    }
}
