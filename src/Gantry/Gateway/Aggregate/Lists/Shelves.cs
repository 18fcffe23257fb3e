using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Sessions;
using Gantry.Planning;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// Gets the lists of several servers, side by side: those that are known from memory, the others
/// from the servers, each with its own time limit. Never fails: what is missing says why.
/// </summary>
internal sealed class Shelves(
    Catalogue catalogue,
    Fetching fetching,
    OwnLists own,
    Board board,
    TimeProvider time
)
{
    public ValueTask<ImmutableArray<Shelf>> GetAsync(
        Reader reader,
        View view,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var shelves = new Shelf?[view.Servers.Length];
        List<Task>? fetches = null;
        for (var i = 0; i < shelves.Length; i++)
        {
            var server = view.Servers[i];
            shelves[i] = Find(reader, server, kind);
            if (shelves[i] is null)
            {
                (fetches ??= []).Add(
                    FetchIntoAsync(shelves, i, reader, server, kind, cancellationToken)
                );
            }
        }

        return fetches is null ? new(Whole(shelves)) : new(AfterAsync(fetches, shelves));
    }

    /// <summary>One server's list.</summary>
    public async ValueTask<Shelf> GetAsync(
        Reader reader,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    ) => Find(reader, server, kind) ?? await FetchAsync(reader, server, kind, cancellationToken);

    /// <summary>What is known without asking anybody; null when the server is to be asked.</summary>
    private Shelf? Find(Reader reader, Desired server, ListKind kind)
    {
        var known = catalogue.Find(server);
        if (!known.MayOffer(kind))
        {
            return Shelf.Of(server.Name, Listing.Empty);
        }

        var listing = OwnLists.AreOf(server)
            ? own.Find(reader, server, kind)
            : known.Lists.GetValueOrDefault(kind);
        if (listing is null)
        {
            return null;
        }

        return listing.IsStale(time.GetUtcNow()) && CanAsk(reader, server)
            ? null
            : Shelf.Of(server.Name, listing) with
            {
                Why = Trouble(server),
            };
    }

    /// <summary>How long clients may keep an answer made of these.</summary>
    public TimeSpan Lifetime(ImmutableArray<Shelf> got) =>
        ListAnswer.Lifetime(got, time.GetUtcNow());

    private async Task FetchIntoAsync(
        Shelf?[] shelves,
        int at,
        Reader reader,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    ) => shelves[at] = await FetchAsync(reader, server, kind, cancellationToken);

    private async Task<Shelf> FetchAsync(
        Reader reader,
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var fetched = OwnLists.AreOf(server)
            ? await own.FetchAsync(reader, server, kind, cancellationToken)
            : await fetching.GetAsync(server, kind, cancellationToken);
        return
            fetched.Listing is null
            && !server.Spec.KnowsCallers
            && catalogue.Find(server).Lists.GetValueOrDefault(kind) is { } remembered
            ? fetched with
            {
                Listing = remembered,
            }
            : fetched;
    }

    private bool CanAsk(Reader reader, Desired server) =>
        own.CanBorrow(reader, server) ?? fetching.CanAsk(reader.Session, server);

    private string? Trouble(Desired server) =>
        board.Current.Servers.GetValueOrDefault(server.Name)?.Plan.Trouble
            is { Kind: not TroubleKind.Full } trouble
            ? trouble.Message
            : null;

    private static async Task<ImmutableArray<Shelf>> AfterAsync(
        List<Task> fetches,
        Shelf?[] shelves
    )
    {
        await Task.WhenAll(fetches);
        return Whole(shelves);
    }

    private static ImmutableArray<Shelf> Whole(Shelf?[] shelves) => [.. shelves.OfType<Shelf>()];
}

/// <summary>Who reads lists of several servers.</summary>
/// <param name="Caller">Null for a session's client.</param>
/// <param name="Request">For which they need them.</param>
internal readonly record struct Reader(
    Session Session,
    Caller? Caller,
    Envelope Envelope,
    Frame Request
)
{
    public static Reader Of(Exchange exchange) =>
        new(exchange.Session, exchange.Caller, exchange.Envelope, exchange.Request);
}
