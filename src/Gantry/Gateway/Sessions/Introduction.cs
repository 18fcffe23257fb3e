using System.Buffers;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Sessions;

/// <summary>
/// Answers <c>initialize</c> from what the instance said of itself when it started: Gantry owns the
/// handshake, so that a session outlives the instances that serve it.
/// </summary>
internal sealed class Introduction(
    Board board,
    Router router,
    SessionTable sessions,
    Greeting greeting,
    Peers peers
)
{
    /// <summary>Begins a session, which belongs to the envelope's principal alone.</summary>
    /// <exception cref="ServerUnavailableException">It cannot begin now.</exception>
    public ValueTask<Welcome> WelcomeAsync(
        Target target,
        Frame initialize,
        Envelope envelope,
        CancellationToken cancellationToken
    ) => WelcomeAsync(Create(target, initialize, envelope), initialize, cancellationToken);

    /// <summary>Begins a session that was made before, so that its id is known already.</summary>
    /// <exception cref="ServerUnavailableException">It cannot begin now.</exception>
    public async ValueTask<Welcome> WelcomeAsync(
        Session session,
        Frame initialize,
        CancellationToken cancellationToken
    )
    {
        if (session.Target is Target.Several)
        {
            session.Dialect = Agree(initialize, Dialect.NewestWithSessions);
            sessions.Admit(session);
            return new(session, greeting.Write(session, initialize));
        }

        try
        {
            var seat = Seat(session);
            seat.Route.Tap.FromClient(session.Key, initialize);
            var connection =
                router.Pick(seat.Route) ?? await router.WaitAsync(seat.Route, cancellationToken);
            session.Dialect = Agree(initialize, connection.Handshake.Dialect);
            sessions.Admit(session);
            var answer = Write(seat, initialize, connection.Handshake);
            seat.Route.Tap.ToClient(session.Key, answer.Span);
            return new(session, answer);
        }
        catch
        {
            sessions.End(session, "never began");
            throw;
        }
    }

    /// <summary>Makes a session of the envelope's principal, to be welcomed.</summary>
    /// <exception cref="ServerUnavailableException">There are too many.</exception>
    public Session Create(Target target, Frame initialize, Envelope envelope) =>
        sessions.Create(
            peers.Name(SessionTable.NewId()),
            target,
            initialize[initialize.Body],
            envelope
        )
        ?? throw new ServerUnavailableException(
            "There are too many sessions. End some, or try again later."
        );

    private Seat Seat(Session session)
    {
        var server = ((Target.Server)session.Target).Name;
        var isolation =
            board.Current.Config.Servers.GetValueOrDefault(server)?.Spec.Isolation
            ?? throw new ServerUnavailableException(Outlook.Unknown(server));
        return sessions.SeatAt(session, server, isolation);
    }

    // The older of both, so that neither is sent what it does not know.
    private static Dialect Agree(Frame initialize, Dialect server)
    {
        var ours = Dialect.Older(server, Dialect.NewestWithSessions);
        return
            initialize.Param("protocolVersion"u8) is { } asked
            && Dialect.Find(asked) is { HasSessions: true } client
            ? Dialect.Older(client, ours)
            : ours;
    }

    private static ReadOnlyMemory<byte> Write(Seat seat, Frame initialize, Handshake handshake)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WritePropertyName("id");
            json.WriteRawValue(initialize[initialize.Id], skipInputValidation: true);
            json.WriteStartObject("result");
            json.WriteString("protocolVersion", seat.Session.Dialect.Revision);
            WriteServer(json, seat, handshake);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static void WriteServer(Utf8JsonWriter json, Seat seat, Handshake handshake)
    {
        var result = handshake.Result.Span;
        json.WritePropertyName("capabilities");
        WriteCapabilities(json, seat, FrameText.Member(result, "capabilities"u8));
        var name = handshake.ServerInfo.Span;
        if (name.IsEmpty)
        {
            json.WriteStartObject("serverInfo");
            json.WriteString("name", seat.Server.ToString());
            json.WriteString("version", "");
            json.WriteEndObject();
        }
        else
        {
            json.WritePropertyName("serverInfo");
            json.WriteRawValue(name, skipInputValidation: true);
        }

        var instructions = FrameText.Member(result, "instructions"u8);
        if (!instructions.IsEmpty)
        {
            json.WritePropertyName("instructions");
            json.WriteRawValue(instructions, skipInputValidation: true);
        }
    }

    // Of a shared instance, clients are not offered what would let one see another's.
    private static void WriteCapabilities(
        Utf8JsonWriter json,
        Seat seat,
        ReadOnlySpan<byte> capabilities
    )
    {
        json.WriteStartObject();
        var reader = FrameText.Reader(capabilities);
        if (!capabilities.IsEmpty && reader.Read())
        {
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var isLeftOut = seat.IsShared && reader.ValueTextEquals("tasks"u8);
                var name = reader.ValueSpan;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (!isLeftOut)
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(
                        capabilities[start..(int)reader.BytesConsumed],
                        skipInputValidation: true
                    );
                }
            }
        }

        json.WriteEndObject();
    }
}

/// <summary>A session that began, and the answer that tells its client.</summary>
internal readonly record struct Welcome(Session Session, ReadOnlyMemory<byte> Answer);
