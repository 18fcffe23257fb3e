using System.Collections.Immutable;

namespace Gantry.Gateway.Sessions;

/// <summary>The resources that one session wants to hear about.</summary>
internal sealed class Subscriptions(int limit)
{
    private ImmutableHashSet<string> _uris = ImmutableHashSet.Create<string>(
        StringComparer.Ordinal
    );

    public ImmutableHashSet<string> Uris => Volatile.Read(ref _uris);

    /// <returns>False when there are too many.</returns>
    public bool TryAdd(string uri)
    {
        if (Uris.Count >= limit)
        {
            return false;
        }

        ImmutableInterlocked.Update(ref _uris, static (set, one) => set.Add(one), uri);
        return true;
    }

    public void Remove(string uri) =>
        ImmutableInterlocked.Update(ref _uris, static (set, one) => set.Remove(one), uri);

    /// <summary>Whether a change of this resource, or of a part of a subscribed one, is of
    /// interest.</summary>
    public bool Covers(string uri)
    {
        var uris = Uris;
        return uris.Contains(uri) || uris.Any(whole => IsPart(uri, whole));
    }

    private static bool IsPart(string uri, string whole) =>
        uri.Length > whole.Length
        && uri.StartsWith(whole, StringComparison.Ordinal)
        && (whole.EndsWith('/') || uri[whole.Length] is '/' or '#' or '?');
}
