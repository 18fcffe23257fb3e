using Gantry.Config;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// One caller of one server, or of several as one, over all its requests without a session: what of
/// it lasts, lasts here.
/// </summary>
internal sealed class Caller(CallerKey key)
{
    private readonly Lock _lock = new();
    private Session? _session;

    public Target Target { get; } = key.Target;

    public Envelope Envelope { get; } = new(key.Principal) { Tenancy = key.Tenancy };

    /// <summary>Tells it from every other, but is no name.</summary>
    public string Text { get; } = $"{Place(key.Target)}\n{key.Principal}\n{key.Mark}";

    /// <summary>Its open streams of changes.</summary>
    public Listens Listens { get; } = new();

    /// <summary>Nothing of it lasts any more.</summary>
    public bool IsGone => Listens.IsEmpty && _session is not { IsEnded: false };

    /// <summary>The session of all its requests that share an instance with others.</summary>
    /// <exception cref="ServerUnavailableException">There are too many sessions.</exception>
    public Session Session(SessionTable sessions)
    {
        var session = Volatile.Read(ref _session);
        return session is { IsEnded: false } ? session : NewSession(sessions);
    }

    /// <summary>Its seat at a server for all requests that need no instance of their own.</summary>
    /// <exception cref="ServerUnavailableException">There are too many sessions.</exception>
    public Seat SeatAt(ServerName server, Isolation isolation, SessionTable sessions) =>
        sessions.SeatAt(Session(sessions), server, isolation);

    /// <summary>A session that no client can name, with an instance of its own; null when there are
    /// too many.</summary>
    public Session? NewLent(SessionTable sessions, ReadOnlySpan<byte> introduction) =>
        sessions.Create(Target, introduction, Envelope, Listens, isLent: true);

    public static ServerUnavailableException TooMany() =>
        new("There are too many sessions. End some, or try again later.");

    // No server's name has a star or a slash.
    private static string Place(Target target) =>
        target switch
        {
            Target.Several { Group: null } => "*",
            Target.Several { Group: { } group } => "g/" + group,
            _ => target.ToString(),
        };

    private Session NewSession(SessionTable sessions)
    {
        lock (_lock)
        {
            if (_session is not { IsEnded: false })
            {
                _session =
                    sessions.Create(Target, "{}"u8, Envelope, Listens, isLent: false)
                    ?? throw TooMany();
            }

            return _session;
        }
    }
}
