using System.Text;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// A session's place at one server: how to reach it, and what the session asked of it that lasts.
/// </summary>
internal sealed class Seat(Session session, ServerRoute route, GatewayLimits limits)
{
    private OwnLine? _line;

    public Session Session { get; } = session;

    public ServerRoute Route { get; } = route;

    public ServerName Server => Route.Server;

    /// <summary>Whether it has an instance of its own.</summary>
    public bool IsAlone => Route.Isolation is Isolation.Session;

    /// <summary>Whether its instance is one that everybody uses.</summary>
    public bool IsShared => Route.Isolation is Isolation.Shared;

    /// <summary>What its own instance lists, where it looks like one with others. Those that are
    /// lent to one client have this in common.</summary>
    public SeatLists Lists { get; } =
        session is { IsLent: true, Listens: { } listens }
            ? listens.ListsAt(route.Server, Encoding.UTF8.GetString(session.ClientParams.Span))
            : new();

    public Subscriptions Subscriptions { get; } = new(limits.MaxSubscriptionsPerSession);

    /// <summary>How the session's requests are made where no sessions are known.</summary>
    public ToModern Upstairs => field ??= new(Session);

    /// <summary>The traffic of its own instance, which is the newest that was asked for.</summary>
    public OwnLine LineOf(IConnection connection)
    {
        while (true)
        {
            var line = Volatile.Read(ref _line);
            if (line is not null && ReferenceEquals(line.Connection, connection))
            {
                return line;
            }

            var next = new OwnLine(this, connection, follows: line is not null);
            if (Interlocked.CompareExchange(ref _line, next, line) == line)
            {
                return next;
            }
        }
    }

    /// <summary>Passes on, before a response is written, what the instance sent before it.</summary>
    public void Drain() => Volatile.Read(ref _line)?.Drain();
}
