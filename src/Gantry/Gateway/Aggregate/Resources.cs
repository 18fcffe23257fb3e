using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Flow;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Finds the server of a resource, also where its URI does not say it, because it leads to the same
/// place whoever gives it.
/// </summary>
internal sealed class Resources(Shelves shelves, KeptResults kept)
{
    /// <summary>The server that its URI names; otherwise the first that lists it, or else the one whose
    /// template begins most like it. Null when the group has no such resource.</summary>
    public async ValueTask<Addressed?> FindAsync(
        Exchange exchange,
        View view,
        string uri,
        CancellationToken cancellationToken
    )
    {
        if (Continuation.IdOf(uri) is { } id && kept.ServerOf(id) is { } keeper)
        {
            return new(keeper, uri);
        }

        if (!view.PermitsResource(uri))
        {
            return null;
        }

        if (!Addresses.IsEverywhere(uri))
        {
            return Addresses.Find(uri);
        }

        foreach (var kind in (ListKind[])[ListKind.Resources, ListKind.Templates])
        {
            var got = await shelves.GetAsync(exchange, view, kind, cancellationToken);
            var best = got.SelectMany(shelf => shelf.Listing?.Entries ?? [], Likeness)
                .OrderByDescending(found => found.Likeness)
                .FirstOrDefault();
            if (best.Likeness > 0)
            {
                return new(best.Shelf.Server, uri);
            }
        }

        return null;

        (Shelf Shelf, int Likeness) Likeness(Shelf shelf, Entry entry) =>
            (shelf, LikenessOf(entry.Key, uri));
    }

    // A template is like a URI that begins as it does up to its first expression.
    private static int LikenessOf(string key, string uri)
    {
        var expression = key.IndexOf('{');
        return expression < 0
            ? string.Equals(key, uri, StringComparison.Ordinal)
                ? uri.Length
                : 0
            : uri.StartsWith(key[..expression], StringComparison.Ordinal)
                ? expression
                : 0;
    }
}
