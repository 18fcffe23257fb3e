using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>All who make requests without a session.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<CallerKey, Caller> _all = new();

    // Whoever reads it in a dump learns nothing of what was marked with it.
    private readonly byte[] _marking = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    // Of an envelope only whose it is, and what they see, lasts longer than its request.
    public Caller Of(Target target, Envelope envelope)
    {
        var mark = Mark(envelope.ForwardedAuthorization);
        var key = new CallerKey(target, envelope.Principal, envelope.Tenancy, mark);
        return _all.TryGetValue(key, out var caller)
            ? caller
            : _all.GetOrAdd(key, static key => new(key));
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

    // A server that sees somebody's own credentials may give each what is for nobody else.
    private string? Mark(string? credentials) =>
        credentials is null
            ? null
            : Convert.ToHexString(
                HMACSHA256.HashData(_marking, Encoding.UTF8.GetBytes(credentials))
            );
}

/// <summary>What tells one caller from another.</summary>
/// <param name="Mark">Of the credentials that servers get to see, which it does not betray; null
/// where there are none.</param>
internal readonly record struct CallerKey(
    Target Target,
    string? Principal,
    Tenancy Tenancy,
    string? Mark
);
