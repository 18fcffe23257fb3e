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
internal sealed class OwnInstances(Router router, GatewayLimits limits, TimeProvider time)
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
                Connections(exchange.Session, "logging", static seat => seat.IsAlone)
                    .Select(one =>
                        TellLevelAsync(one.Connection, given, exchange.BeginOpening(aborted))
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
            ? TellLevelAsync(connection, level, cancellationToken)
            : Task.CompletedTask;

    /// <summary>The tasks of all of them.</summary>
    public async ValueTask<byte[]> ListTasksAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"tasks\":["u8);
        foreach (
            var (seat, connection) in Connections(
                exchange.Session,
                "tasks",
                static seat => !seat.IsShared
            )
        )
        {
            await AddTasksAsync(output, seat, connection, exchange.BeginOpening(aborted));
        }

        output.Write("]}"u8);
        return RpcText.Result(request[request.Id], output.WrittenSpan);
    }

    // Page after page, as one list: what one server says of its next page means nothing to another.
    private async Task AddTasksAsync(
        ArrayBufferWriter<byte> output,
        Seat seat,
        IConnection connection,
        CancellationToken cancellationToken
    )
    {
        var parameters = "{}";
        for (var page = 0; page < MaxTaskPages && parameters.Length > 0; page++)
        {
            using var answer = await TryAskAsync(
                connection,
                "tasks/list",
                parameters,
                cancellationToken
            );
            if (answer is not { IsError: false })
            {
                return;
            }

            using var mapped = Outward.Anew(seat.Server, answer);
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

    private IEnumerable<(Seat Seat, IConnection Connection)> Connections(
        Session session,
        string capability,
        Func<Seat, bool> isMeant
    )
    {
        foreach (var seat in session.Seats.Where(isMeant))
        {
            if (
                router.Pick(seat.Route) is { Handshake.Dialect.HasSessions: true } connection
                && Has(connection, capability)
            )
            {
                yield return (seat, connection);
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
        string level,
        CancellationToken cancellationToken
    )
    {
        using var answer = await TryAskAsync(
            connection,
            "logging/setLevel",
            $$"""{"level":"{{level}}"}""",
            cancellationToken
        );
    }

    // One that does not answer must not keep the others' client waiting.
    private async Task<Frame?> TryAskAsync(
        IConnection connection,
        string method,
        string parameters,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(limits.ListPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            cancellationToken
        );
        try
        {
            return await ListRequests.AskAsync(
                connection,
                Encoding.UTF8.GetBytes(method),
                Encoding.UTF8.GetBytes(parameters),
                either.Token
            );
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return null;
        }
        catch (InstanceGoneException)
        {
            return null;
        }
    }
}
