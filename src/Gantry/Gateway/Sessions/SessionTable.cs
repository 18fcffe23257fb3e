using System.Collections.Concurrent;
using System.Security.Cryptography;
using Gantry.Config;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Modern;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>All sessions, whatever carries them.</summary>
internal sealed partial class SessionTable(
    GatewayLimits limits,
    SessionHandshakes handshakes,
    Router router,
    DemandOf demandOf,
    CoarseClock clock,
    ILogger<SessionTable> logger
)
{
    private const int IdBytes = 16;
    private const int KeyLength = 12;
    private const string KeyLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    private readonly ConcurrentDictionary<string, Session> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Session> _byKey = new(StringComparer.Ordinal);

    private int _lastSweep;

    /// <summary>Every session, those included that still wait for their handshake.</summary>
    public IEnumerable<Session> All => _byKey.Values;

    /// <summary>Every seat at the same instances of this server.</summary>
    /// <param name="owner">The session or principal whose own they are; null for the shared ones.
    /// </param>
    public IEnumerable<Seat> SeatsAt(ServerName server, string? owner)
    {
        foreach (var (_, session) in _byKey)
        {
            if (session.SeatAt(server) is { } seat && seat.Route.Session == owner)
            {
                yield return seat;
            }
        }
    }

    public int Now => clock.Now;

    public Session? Find(string id) => _byId.GetValueOrDefault(id);

    public Session? FindByKey(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>
    /// Makes a session, which can be found by its id only when <see cref="Admit"/> says so. Null
    /// when there are too many and none is idle.
    /// </summary>
    /// <param name="id">By which its client shall name it.</param>
    /// <param name="initializeParams">What the client said of itself.</param>
    /// <param name="envelope">Whose session it is.</param>
    public Session? Create(
        string id,
        Target target,
        ReadOnlySpan<byte> initializeParams,
        Envelope envelope
    ) =>
        HasRoom()
            ? Add(
                new(id, NewKey(), target, limits)
                {
                    ClientParams = initializeParams.ToArray(),
                    Envelope = envelope,
                }
            )
            : null;

    /// <summary>
    /// Makes a session that Gantry holds for the requests of a client that has none. Null when
    /// there are too many.
    /// </summary>
    /// <param name="isLent">Whether to one of them at a time.</param>
    public Session? Create(
        Target target,
        ReadOnlySpan<byte> initializeParams,
        Envelope envelope,
        Listens listens,
        bool isLent
    )
    {
        var many = limits with { MaxCallsPerSession = limits.MaxCallsPerCaller };
        return HasRoom()
            ? Add(
                new(NewId(), NewKey(), target, many)
                {
                    ClientParams = initializeParams.ToArray(),
                    Envelope = envelope,
                    Listens = listens,
                    IsLent = isLent,
                    Dialect = Dialect.NewestWithoutSessions,
                }
            )
            : null;
    }

    /// <summary>The session's seat at a server, which is made when it has none there.</summary>
    public Seat SeatAt(Session session, ServerName server, Isolation isolation)
    {
        if (session.SeatAt(server) is { } seat)
        {
            return seat;
        }

        var route = isolation switch
        {
            Isolation.Session => router.Own(server, session.Key),
            Isolation.Principal => router.OfPrincipal(server, session.Envelope.Principal),
            _ => router.Shared(server),
        };
        var taken = session.Take(new(session, route, limits));
        if (taken.IsAlone)
        {
            Want(session, server);
        }

        return taken;
    }

    /// <summary>Gives a seat up, and the session's own instance there.</summary>
    public void Leave(Session session, ServerName server)
    {
        if (session.Leave(server) is { IsAlone: true })
        {
            demandOf(server)?.Close(session.Key);
        }
    }

    /// <exception cref="ServerUnavailableException">It was ended while it waited.</exception>
    public void Admit(Session session)
    {
        _byId[session.Id] = session;
        if (session.IsEnded)
        {
            Forget(session);
            throw new ServerUnavailableException(
                $"The session ended while it waited for '{session.Target}'. "
                    + "Send 'initialize' again."
            );
        }

        LogBegan(session.Target, session.Key, session.Dialect);
    }

    public void End(Session session, string why)
    {
        if (!session.End(why))
        {
            return;
        }

        Forget(session);
        LogEnded(session.Target, session.Key, why);
    }

    /// <summary>Ends what nobody uses any more, and keeps silent streams alive.</summary>
    public void Tick(int now)
    {
        var keepAlive = (int)limits.KeepAlive.TotalSeconds;
        var idle = (int)limits.SessionIdleTimeout.TotalSeconds;
        var isSweep = now - _lastSweep >= limits.ReplayFor.TotalSeconds;
        _lastSweep = isSweep ? now : _lastSweep;
        foreach (var (_, session) in _byKey)
        {
            if (isSweep)
            {
                session.SweepReplay();
            }

            if (!session.IsIdle)
            {
                KeepAlive(session, now, keepAlive);
            }
            else if (now - session.LastUse >= idle)
            {
                End(session, "idle");
            }
        }
    }

    /// <summary>Ends every open stream, so that the listener can stop.</summary>
    public void EndStreams()
    {
        foreach (var (_, session) in _byKey)
        {
            session.Outbox.Complete();
        }
    }

    private static void KeepAlive(Session session, int now, int interval)
    {
        session.Outbox.KeepAlive(now, interval);
        foreach (var exchange in session.Calls.Copy())
        {
            if (now - exchange.LastSign >= interval)
            {
                exchange.LastSign = now;
                exchange.Nudge();
            }
        }
    }

    // May be done twice: whoever adds something of a session looks afterwards whether it ended.
    private void Forget(Session session)
    {
        _byId.TryRemove(session.Id, out _);
        _byKey.TryRemove(session.Key, out _);
        handshakes.Remove(session.Key);
        foreach (var seat in session.Seats)
        {
            if (seat.IsAlone)
            {
                demandOf(seat.Server)?.Close(session.Key);
            }
        }
    }

    private void Want(Session session, ServerName server)
    {
        handshakes.Register(session.Key, session.ClientParams);
        demandOf(server)?.Open(session.Key);
        if (session.IsEnded)
        {
            Forget(session);
        }
    }

    private bool HasRoom() => _byKey.Count < limits.MaxSessions || EndOldestIdle();

    private Session Add(Session session)
    {
        session.Touch(clock.Now);
        _byKey[session.Key] = session;
        return session;
    }

    private static string NewKey() => RandomNumberGenerator.GetString(KeyLetters, KeyLength);

    /// <summary>A name that nobody can guess.</summary>
    public static string NewId()
    {
        Span<byte> random = stackalloc byte[IdBytes];
        RandomNumberGenerator.Fill(random);
        return System.Buffers.Text.Base64Url.EncodeToString(random);
    }

    private bool EndOldestIdle()
    {
        Session? oldest = null;
        foreach (var (_, session) in _byKey)
        {
            if (session.IsIdle && (oldest is null || session.LastUse < oldest.LastUse))
            {
                oldest = session;
            }
        }

        if (oldest is null)
        {
            return false;
        }

        End(oldest, "too many sessions");
        return true;
    }

    [LoggerMessage(LogLevel.Debug, "{Target}: session {Session} began, {Dialect}")]
    private partial void LogBegan(Target target, string session, Dialect dialect);

    [LoggerMessage(LogLevel.Debug, "{Target}: session {Session} ended: {Why}")]
    private partial void LogEnded(Target target, string session, string why);
}
