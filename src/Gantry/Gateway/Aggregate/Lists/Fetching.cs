using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>
/// Asks servers for their lists, each list once at a time however many want it. Who waited in vain
/// is told when it came after all.
/// </summary>
internal sealed class Fetching(
    Router router,
    Catalogue catalogue,
    Announcer announcer,
    SessionTable sessions,
    GatewayLimits limits,
    TimeProvider time
) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(ServerName, SpecHash, ListKind), Fetch> _fetches = new();
    private readonly ConcurrentDictionary<(ServerName, ListKind), byte> _missed = new();
    private readonly ConcurrentDictionary<(ServerName, ListKind), byte> _told = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Whether an instance of it is there to be asked.</summary>
    public bool CanAsk(Session session, Desired server) =>
        server.Spec.Isolation is not Isolation.Shared
            ? session.SeatAt(server.Name) is { } seat && router.Pick(seat.Route) is not null
            : router.Pick(router.Shared(server.Name)) is not null;

    /// <summary>The list of a shared server. Waits for it only so long; what comes later is kept,
    /// and announced.</summary>
    public async Task<Shelf> GetAsync(
        Desired server,
        ListKind kind,
        CancellationToken cancellationToken
    )
    {
        var fetch = Begin(server, kind);
        // Who comes after somebody waited in vain need not wait, too.
        if (!fetch.IsOverdue || fetch.Task.IsCompleted)
        {
            try
            {
                var shelf = await fetch.Task.WaitAsync(
                    limits.ListPatience,
                    time,
                    cancellationToken
                );
                return shelf.Listing is null ? Missed(shelf, kind) : shelf;
            }
            catch (TimeoutException)
            {
                fetch.IsOverdue = true;
            }
        }

        return Missed(new(server.Name, null, WhySlow(server.Name), IsComing: true), kind);
    }

    /// <summary>A new instance is there: what it says of itself and its lists may be new.</summary>
    public async Task MeetAsync(Desired server, IConnection connection)
    {
        catalogue.Meet(server, connection.Handshake);
        if (!sessions.All.Any(session => session.Target is Target.Several))
        {
            foreach (var kind in ListKinds.All)
            {
                catalogue.Doubt(server, kind);
            }

            return;
        }

        await Task.WhenAll(
            ListKinds
                .All.Where(kind => kind.IsOffered(connection.Handshake))
                .Select(kind => Begin(server, kind).Task)
        );
    }

    /// <summary>The server said that its list is not what it was.</summary>
    public void Doubt(Desired server, ListKind kind)
    {
        catalogue.Doubt(server, kind);
        _told[(server.Name, kind)] = 0;
        announcer.Tell(server.Name, kind);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_fetches.Values.Select(fetch => fetch.Task));
        _ending.Dispose();
    }

    private Fetch Begin(Desired server, ListKind kind)
    {
        var fetch = new Fetch();
        var begun = _fetches.GetOrAdd((server.Name, server.Hash, kind), fetch);
        if (ReferenceEquals(begun, fetch))
        {
            fetch.Begin(() => FetchAsync(server, kind));
        }

        return begun;
    }

    private async Task<Shelf> FetchAsync(Desired server, ListKind kind)
    {
        try
        {
            var why = await TryFetchAsync(server, kind);
            return why is null && catalogue.Find(server).Lists.TryGetValue(kind, out var listing)
                ? Shelf.Of(server.Name, listing)
                : new(server.Name, null, why ?? "it was changed meanwhile.", IsComing: false);
        }
        finally
        {
            _fetches.TryRemove((server.Name, server.Hash, kind), out _);
        }
    }

    /// <returns>Why not, or null.</returns>
    private async Task<string?> TryFetchAsync(Desired server, ListKind kind)
    {
        using var timeout = new CancellationTokenSource(
            server.Spec.StartupTimeout + limits.ListTimeout,
            time
        );
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            _ending.Token
        );
        try
        {
            var route = router.Shared(server.Name);
            var connection = router.Pick(route) ?? await router.WaitAsync(route, either.Token);
            // Whoever knows its list knows also what it can do, met or not.
            catalogue.Meet(server, connection.Handshake);
            var now = time.GetUtcNow();
            var listing = await ListRequests.ListAsync(
                connection,
                Envelope.Own,
                kind,
                now,
                either.Token
            );
            Keep(server, kind, listing);
            return null;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return "it did not answer in time.";
        }
        catch (Exception exception)
            when (exception is ServerUnavailableException or InstanceGoneException)
        {
            return exception.Message;
        }
    }

    private void Keep(Desired server, ListKind kind, Listing listing)
    {
        var isNew = catalogue.Keep(server, kind, listing);
        var isTold = _told.TryRemove((server.Name, kind), out _);
        if (_missed.TryRemove((server.Name, kind), out _) || (isNew && !isTold))
        {
            announcer.Tell(server.Name, kind);
        }
    }

    private Shelf Missed(Shelf shelf, ListKind kind)
    {
        _missed[(shelf.Server, kind)] = 0;
        return shelf;
    }

    private string WhySlow(ServerName server) =>
        router.Pick(router.Shared(server)) is null
            ? "it is still starting."
            : $"it did not answer within {limits.ListPatience.TotalSeconds:0} s.";

    /// <summary>A list on its way.</summary>
    private sealed class Fetch
    {
        private readonly TaskCompletionSource<Task<Shelf>> _begun = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public Fetch() => Task = _begun.Task.Unwrap();

        public Task<Shelf> Task { get; }

        /// <summary>Somebody waited for it in vain.</summary>
        public bool IsOverdue { get; set; }

        public void Begin(Func<Task<Shelf>> fetch) => _begun.SetResult(fetch());
    }
}
