using Gantry.Config;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// One caller at one server, over all its requests without a session: what of it lasts, lasts here.
/// </summary>
internal sealed class Caller(ServerName server, Envelope envelope)
{
    private readonly Lock _lock = new();
    private Seat? _seat;

    public ServerName Server { get; } = server;

    public Envelope Envelope { get; } = envelope;

    /// <summary>Tells it from every other, but is no name.</summary>
    public string Text { get; } = $"{server}\n{envelope.Principal}";

    /// <summary>Its open streams of changes.</summary>
    public Listens Listens { get; } = new();

    /// <summary>Nothing of it lasts any more.</summary>
    public bool IsGone => Listens.IsEmpty && _seat is not { Session.IsEnded: false };

    /// <summary>Its seat at the instances that all callers share.</summary>
    /// <exception cref="ServerUnavailableException">There are too many sessions.</exception>
    public Seat SharedSeat(SessionTable sessions)
    {
        var seat = Volatile.Read(ref _seat);
        return seat is { Session.IsEnded: false } ? seat : NewSeat(sessions);
    }

    /// <summary>A session that no client can name; null when there are too many.</summary>
    public Session? NewSession(SessionTable sessions, ReadOnlySpan<byte> introduction) =>
        sessions.Create(new Target.Server(Server), introduction, Envelope, Listens);

    public static ServerUnavailableException TooMany() =>
        new("There are too many sessions. End some, or try again later.");

    private Seat NewSeat(SessionTable sessions)
    {
        lock (_lock)
        {
            if (_seat is not { Session.IsEnded: false })
            {
                var session = NewSession(sessions, "{}"u8) ?? throw TooMany();
                _seat = sessions.SeatAt(session, Server, Isolation.Shared);
            }

            return _seat;
        }
    }
}
