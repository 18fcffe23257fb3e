using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// What is known of every server, in memory and over a restart. Asks nobody.
/// </summary>
internal sealed partial class Catalogue(
    Board board,
    KnowledgeFiles files,
    ILogger<Catalogue> logger
)
{
    private static readonly TimeSpan s_descriptionAge = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<ServerName, Knowledge> _known = new();
    private readonly Lock _writing = new();

    /// <summary>What is known of a server as it is configured now.</summary>
    public Knowledge Find(Desired server)
    {
        var known = _known.GetOrAdd(server.Name, Read, server);
        return known.Hash == server.Hash ? known : Change(server, static blank => blank);
    }

    /// <summary>The server said this of itself.</summary>
    public void Meet(Desired server, Handshake handshake)
    {
        var known = Find(server).Handshake;
        if (known?.Result.Span.SequenceEqual(handshake.Result.Span) is not true)
        {
            Save(server, Change(server, was => was with { Handshake = handshake }));
        }
    }

    /// <returns>Whether a client would see any difference to what was known before.</returns>
    public bool Keep(Desired server, ListKind kind, Listing listing)
    {
        var before = Find(server).Lists.GetValueOrDefault(kind);
        // The old entries, so that whoever wrote an answer of them can tell that it still holds.
        var isSame = before?.SaysTheSame(listing) is true;
        var kept = isSame && before is not null ? before with { Until = listing.Until } : listing;
        var known = Change(server, was => was with { Lists = was.Lists.SetItem(kind, kept) });
        if (!isSame)
        {
            Save(server, known);
        }

        return before is not null && !isSame;
    }

    /// <summary>The same for what describes a server of which everybody has an own instance: as often
    /// as is bearable when instances differ.</summary>
    public bool Describe(Desired server, ListKind kind, Listing listing, DateTimeOffset now)
    {
        if (now - Find(server).Described.GetValueOrDefault(kind) < s_descriptionAge)
        {
            return false;
        }

        Change(server, was => was with { Described = was.Described.SetItem(kind, now) });
        return Keep(server, kind, listing);
    }

    /// <summary>What is known of the list holds only until the server can be asked again.</summary>
    public void Doubt(Desired server, ListKind kind)
    {
        if (Find(server).Lists.TryGetValue(kind, out var listing))
        {
            var doubted = listing with { Until = DateTimeOffset.MinValue };
            Change(server, was => was with { Lists = was.Lists.SetItem(kind, doubted) });
        }
    }

    /// <summary>Forgets servers that are not configured any more.</summary>
    public void KeepOnly(IReadOnlyDictionary<ServerName, Desired> servers)
    {
        foreach (var server in _known.Keys)
        {
            if (!servers.ContainsKey(server) && _known.TryRemove(server, out _))
            {
                Try(server, () => files.Delete(server));
            }
        }
    }

    private Knowledge Read(ServerName name, Desired server)
    {
        Knowledge? read = null;
        Try(name, () => read = files.Read(name));
        return read ?? new(server.Hash);
    }

    // What comes late, of a server as it was, changes nothing.
    private Knowledge Change(Desired server, Func<Knowledge, Knowledge> change) =>
        board.Current.Config.Servers.GetValueOrDefault(server.Name)?.Hash == server.Hash
            ? _known.AddOrUpdate(
                server.Name,
                _ => change(new(server.Hash)),
                (_, was) => change(was.Hash == server.Hash ? was : new(server.Hash))
            )
            : change(new(server.Hash));

    private void Save(Desired server, Knowledge knowledge)
    {
        lock (_writing)
        {
            // Another one that was kept meanwhile is saved by whoever kept it.
            if (ReferenceEquals(_known.GetValueOrDefault(server.Name), knowledge))
            {
                Try(server.Name, () => files.Write(server.Name, knowledge));
            }
        }
    }

    private void Try(ServerName server, Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotKept(server, exception.Message);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Server}: its lists cannot be kept for the next start: {Why}"
    )]
    private partial void LogNotKept(ServerName server, string why);
}
