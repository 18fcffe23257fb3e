using System.Threading.Channels;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Tells clients of several servers that a list is not what it was. What happens at about the same
/// time is told once. Clients of one server hear of its lists from itself, and from here only what it
/// cannot know: that it is held to other rules.
/// </summary>
internal sealed class Announcer(
    Board board,
    Views views,
    Catalogue catalogue,
    SessionTable sessions,
    GatewayLimits limits,
    TimeProvider time
) : BackgroundService
{
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>();

    /// <summary>A server's list changed, for all who see the server.</summary>
    public void Tell(ServerName server, ListKind kind) =>
        _changes.Writer.TryWrite(new(null, server, kind));

    /// <summary>A list changed for one session only.</summary>
    public void Tell(Session session, ServerName server, ListKind kind) =>
        _changes.Writer.TryWrite(new(session, server, kind));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(SendAsync(stoppingToken), FollowAsync(stoppingToken));

    private async Task SendAsync(CancellationToken stoppingToken)
    {
        while (await _changes.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(limits.ChangesTogether, time, stoppingToken);
            var changes = new HashSet<Change>();
            while (_changes.Reader.TryRead(out var change))
            {
                changes.Add(change);
            }

            foreach (var session in sessions.All.Where(IsTold))
            {
                Send(session, changes);
            }
        }
    }

    // A server that came, went or is another one now changes every list.
    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        var seen = board.Current;
        while (true)
        {
            var picture = await board.AfterAsync(seen.Version, stoppingToken);
            if (!ReferenceEquals(picture.Config, seen.Config))
            {
                catalogue.KeepOnly(picture.Config.Servers);
                TellDifference(seen.Config, picture.Config);
                TellRules(seen.Config, picture.Config);
            }

            seen = picture;
        }
    }

    private void TellDifference(ConfigSnapshot was, ConfigSnapshot now)
    {
        var names = was.Servers.Keys.Union(now.Servers.Keys);
        foreach (var name in names.Where(name => !IsSame(was, now, name)))
        {
            foreach (var kind in ListKinds.All)
            {
                Tell(name, kind);
            }
        }

        if (
            was.Gateway.Separator != now.Gateway.Separator
            || !was
                .Groups.Values.Select(group => group.ToString())
                .SequenceEqual(now.Groups.Values.Select(group => group.ToString()))
        )
        {
            foreach (var kind in ListKinds.All)
            {
                _changes.Writer.TryWrite(new(null, null, kind));
            }
        }
    }

    // Who holds one of the lent sessions is told by the one for all its requests.
    private static bool IsTold(Session session) =>
        session is { Target: Target.Several, IsLent: false };

    private static bool IsSame(ConfigSnapshot was, ConfigSnapshot now, ServerName name) =>
        was.Servers.GetValueOrDefault(name) is var one
        && now.Servers.GetValueOrDefault(name) is var other
        && one?.Hash == other?.Hash
        && HasSameRules(was, now, name);

    private static bool HasSameRules(ConfigSnapshot was, ConfigSnapshot now, ServerName name) =>
        was.Servers.GetValueOrDefault(name) is not { Spec.Tools: var before }
        || now.Servers.GetValueOrDefault(name) is not { Spec.Tools: var after }
        || before.ToString() == after.ToString();

    private void TellRules(ConfigSnapshot was, ConfigSnapshot now)
    {
        foreach (var (name, server) in now.Servers)
        {
            if (!HasSameRules(was, now, name) && catalogue.Find(server).MayAnnounce(ListKind.Tools))
            {
                TellRules(name);
            }
        }
    }

    private void TellRules(ServerName server)
    {
        // A caller's sessions lead to the same streams.
        var told = new HashSet<Listens>();
        foreach (var session in sessions.All.Where(session => IsAt(session, server)))
        {
            if (session.Listens is not { } listens || told.Add(listens))
            {
                session.Send(ListChanges.Message(ListKind.Tools));
            }
        }
    }

    private static bool IsAt(Session session, ServerName server) =>
        session.Target is Target.Server { Name: var name } && name == server;

    private void Send(Session session, IEnumerable<Change> changes)
    {
        var view = views.Of(session);
        var methods = changes
            .Where(change => change.Session is null || change.Session == session)
            .Where(change => change.Server is not { } server || IsSeen(view, server))
            .Select(change => change.Kind is ListKind.Templates ? ListKind.Resources : change.Kind)
            .Distinct()
            .Order();
        foreach (var kind in methods)
        {
            session.Send(ListChanges.Message(kind));
        }
    }

    // Also one that just left: it was seen until now.
    private bool IsSeen(View view, ServerName server) =>
        view.Has(server) || !board.Current.Config.Servers.ContainsKey(server);

    /// <param name="Session">Null for all.</param>
    /// <param name="Server">Null for any.</param>
    private readonly record struct Change(Session? Session, ServerName? Server, ListKind Kind);
}
