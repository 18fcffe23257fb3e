using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Flow;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Finds the server of a resource, also where its URI does not say it, because it leads to the same
/// place whoever gives it.
/// </summary>
internal sealed class Resources(Shelves shelves, Catalogue catalogue, KeptResults kept)
{
    /// <summary>The server that its URI names; otherwise the first that lists it, or else the one whose
    /// template begins most like it. Null when the group has no such resource.</summary>
    /// <remarks>To be told of a resource, the first of those that can tell.</remarks>
    public async ValueTask<Addressed?> FindAsync(
        Exchange exchange,
        View view,
        string uri,
        CancellationToken aborted
    )
    {
        if (Continuation.IdOf(uri) is { } id && kept.ServerOf(id) is { } keeper)
        {
            return new(keeper, uri);
        }

        if (!Addresses.IsEverywhere(uri) || !view.PermitsResource(uri))
        {
            return view.PermitsResource(uri) ? Addresses.Find(uri) : null;
        }

        var (request, reader) = (exchange.Request, Reader.Of(exchange));
        if (request.IsMethod("resources/unsubscribe"u8) && Watching(reader, uri) is { } watching)
        {
            return new(watching, uri);
        }

        var opening = exchange.BeginOpening(aborted);
        return (
                request.IsMethod("resources/subscribe"u8)
                    ? await FindListedAsync(reader, view, uri, MayWatch, opening)
                    : null
            ) ?? await FindListedAsync(reader, view, uri, static _ => true, opening);
    }

    /// <summary>The server that can tell when it changes; null when none here can.</summary>
    public async ValueTask<Addressed?> FindToWatchAsync(
        Reader reader,
        View view,
        string uri,
        CancellationToken cancellationToken
    )
    {
        if (!view.PermitsResource(uri))
        {
            return null;
        }

        return Addresses.IsEverywhere(uri)
                ? await FindListedAsync(reader, view, uri, MayWatch, cancellationToken)
            : Addresses.Find(uri) is { } found
            && view.Find(found.Server) is { } server
            && MayWatch(server)
                ? found
            : null;
    }

    private async ValueTask<Addressed?> FindListedAsync(
        Reader reader,
        View view,
        string uri,
        Func<Desired, bool> isMeant,
        CancellationToken cancellationToken
    )
    {
        foreach (var kind in (ListKind[])[ListKind.Resources, ListKind.Templates])
        {
            var got = await shelves.GetAsync(reader, view, kind, cancellationToken);
            var best = got.Where(shelf => view.Find(shelf.Server) is { } one && isMeant(one))
                .SelectMany(shelf => shelf.Listing?.Entries ?? [], Likeness)
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

    private bool MayWatch(Desired server) => catalogue.Find(server).MayWatch;

    // Whatever is listed by now.
    private static ServerName? Watching(Reader reader, string uri) =>
        reader.Session.Seats.FirstOrDefault(seat => seat.Subscriptions.Uris.Contains(uri))?.Server;

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
