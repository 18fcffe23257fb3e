using System.Buffers;
using System.Text;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>What a client of several servers wants of all instances that are its own.</summary>
internal sealed class OwnInstances(Router router, Views views, Patience patience)
{
    private const int MaxTaskPages = 100;

    /// <summary>From which level on it wants log messages. Instances that start later are told
    /// then.</summary>
    public async ValueTask<byte[]> SetLevelAsync(Exchange exchange, CancellationToken aborted)
    {
        string? level = null;
        var answer = LogLevels.Set(exchange.Request, asked => level = asked);
        if (level is { } given)
        {
            exchange.Session.LogLevel = given;
            await Task.WhenAll(
                Connections(exchange, "logging", static seat => seat.IsAlone)
                    .Select(one =>
                        TellLevelAsync(
                            one.Connection,
                            one.Envelope,
                            given,
                            exchange.BeginOpening(aborted)
                        )
                    )
            );
        }

        return answer;
    }

    /// <summary>One of them is there.</summary>
    public Task MeetAsync(Seat seat, IConnection connection, CancellationToken cancellationToken) =>
        seat.Session.LogLevel is { } level
        && connection.Handshake.Dialect.HasSessions
        && Has(connection, "logging")
            ? TellLevelAsync(connection, seat.Session.Envelope, level, cancellationToken)
            : Task.CompletedTask;

    /// <summary>The tasks of all of them.</summary>
    public async ValueTask<byte[]> ListTasksAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"tasks\":["u8);
        foreach (var one in Connections(exchange, "tasks", static seat => !seat.IsShared))
        {
            await AddTasksAsync(output, one, exchange.BeginOpening(aborted));
        }

        output.Write("]}"u8);
        return RpcText.Result(request[request.Id], output.WrittenSpan);
    }

    // Page after page, as one list: what one server says of its next page means nothing to another.
    private async Task AddTasksAsync(
        ArrayBufferWriter<byte> output,
        OwnInstance one,
        CancellationToken cancellationToken
    )
    {
        var parameters = "{}";
        for (var page = 0; page < MaxTaskPages && parameters.Length > 0; page++)
        {
            using var answer = await TryAskAsync(
                one.Connection,
                one.Envelope,
                "tasks/list",
                parameters,
                cancellationToken
            );
            if (answer is not { IsError: false })
            {
                return;
            }

            using var mapped = Outward.Anew(one.Seat.Server, answer);
            Append(output, FrameText.Member(mapped[mapped.Body], "tasks"u8));
            var cursor = FrameText.Member(mapped[mapped.Body], "nextCursor"u8);
            parameters = cursor is [(byte)'"', ..]
                ? $$"""{"cursor":{{Encoding.UTF8.GetString(cursor)}}}"""
                : "";
        }
    }

    private static void Append(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> tasks)
    {
        var items = tasks.Length > 2 ? tasks[1..^1].Trim(" \t\r\n"u8) : default;
        if (!items.IsEmpty)
        {
            output.Write(output.WrittenSpan[^1] == (byte)'[' ? default : ","u8);
            output.Write(items);
        }
    }

    private IEnumerable<OwnInstance> Connections(
        Exchange exchange,
        string capability,
        Func<Seat, bool> isMeant
    )
    {
        var view = views.Of(exchange.Session);
        foreach (var seat in exchange.Session.Seats.Where(isMeant))
        {
            if (
                view.Find(seat.Server) is { } server
                && router.Pick(seat.Route) is { Handshake.Dialect.HasSessions: true } connection
                && Has(connection, capability)
            )
            {
                yield return new(seat, connection, Seating.EnvelopeFor(exchange.Envelope, server));
            }
        }
    }

    private static bool Has(IConnection connection, string capability)
    {
        var all = FrameText.Member(connection.Handshake.Result.Span, "capabilities"u8);
        return !FrameText.Member(all, Encoding.UTF8.GetBytes(capability)).IsEmpty;
    }

    private async Task TellLevelAsync(
        IConnection connection,
        Envelope envelope,
        string level,
        CancellationToken cancellationToken
    )
    {
        using var answer = await TryAskAsync(
            connection,
            envelope,
            "logging/setLevel",
            $$"""{"level":"{{level}}"}""",
            cancellationToken
        );
    }

    private async Task<Frame?> TryAskAsync(
        IConnection connection,
        Envelope envelope,
        string method,
        string parameters,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await patience.WaitAsync(
                token =>
                    ListRequests.AskAsync(
                        connection,
                        envelope,
                        Encoding.UTF8.GetBytes(method),
                        Encoding.UTF8.GetBytes(parameters),
                        token
                    ),
                cancellationToken
            );
        }
        catch (Exception exception) when (exception is TimeoutException or InstanceGoneException)
        {
            return null;
        }
    }

    /// <param name="Envelope">On whose behalf it is asked.</param>
    private readonly record struct OwnInstance(
        Seat Seat,
        IConnection Connection,
        Envelope Envelope
    );
}
