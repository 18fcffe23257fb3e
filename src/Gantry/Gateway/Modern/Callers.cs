using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>All who make requests without a session.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<(ServerName, string?), Caller> _all = new();

    // Of an envelope only whose it is lasts longer than its request.
    public Caller Of(ServerName server, Envelope envelope) =>
        _all.TryGetValue((server, envelope.Principal), out var caller)
            ? caller
            : _all.GetOrAdd(
                (server, envelope.Principal),
                new Caller(server, new(envelope.Principal))
            );

    /// <summary>Ends every stream, so that the listener can stop.</summary>
    public void EndStreams()
    {
        foreach (var (_, caller) in _all)
        {
            caller.Listens.End();
        }
    }

    /// <summary>Ends the streams at servers that are gone, and forgets who is gone.</summary>
    public void Prune(Func<ServerName, bool> exists)
    {
        foreach (var (key, caller) in _all)
        {
            if (!exists(caller.Server))
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
