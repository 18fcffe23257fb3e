using System.Buffers;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>What a client of several servers wants of all instances that are its own.</summary>
internal sealed class OwnInstances(Router router, GatewayLimits limits, TimeProvider time)
{
    /// <summary>From which level on it wants log messages. Instances that start later are told
    /// then.</summary>
    public async ValueTask<byte[]> SetLevelAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        var answer = LocalAnswers.SetLevel(request);
        exchange.Session.LogLevel = request.Param("level"u8);
        await Task.WhenAll(
            Connections(exchange.Session, "logging")
                .Select(one => TryAskAsync(one, request, exchange.BeginOpening(aborted)))
        );
        return answer;
    }

    /// <summary>The tasks of all of them.</summary>
    public async ValueTask<byte[]> ListTasksAsync(Exchange exchange, CancellationToken aborted)
    {
        var request = exchange.Request;
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"tasks\":["u8);
        foreach (var (seat, connection) in Connections(exchange.Session, "tasks"))
        {
            var opening = exchange.BeginOpening(aborted);
            using var answer = await TryAskAsync((seat, connection), request, opening);
            if (answer is { IsError: false })
            {
                using var mapped = Outward.Anew(seat.Server, answer);
                Append(output, FrameText.Member(mapped[mapped.Body], "tasks"u8));
            }
        }

        output.Write("]}"u8);
        return RpcText.Result(request[request.Id], output.WrittenSpan);
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
        string capability
    )
    {
        foreach (var seat in session.Seats.Where(seat => seat.IsAlone))
        {
            if (router.Pick(seat.Route) is { } connection && Has(connection, capability))
            {
                yield return (seat, connection);
            }
        }
    }

    private static bool Has(IConnection connection, string capability)
    {
        var all = FrameText.Member(connection.Handshake.Result.Span, "capabilities"u8);
        return !FrameText.Member(all, System.Text.Encoding.UTF8.GetBytes(capability)).IsEmpty;
    }

    // One that does not answer must not keep the others' client waiting.
    private async Task<Frame?> TryAskAsync(
        (Seat Seat, IConnection Connection) one,
        Frame request,
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
            return await Asking.AskAsync(
                one.Connection,
                request.Slice(request.Method)[1..^1],
                request.Body.IsEmpty ? "{}"u8.ToArray() : request.Slice(request.Body),
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
