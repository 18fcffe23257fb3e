using System.Buffers;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// The HTTP response to one request, in the form that its course asks for. Once it is a stream, it
/// goes on for a client that lost it: what comes is kept, to be asked for.
/// </summary>
/// <param name="isResumable">False where lost is lost.</param>
internal readonly struct CallReply(HttpContext context, Accepted accepted, bool isResumable)
    : IReply
{
    private HttpResponse Response => context.Response;

    public bool IsAborted => IsLost && Stream is null;

    // Its number in the session is made with the stream itself, which few calls need.
    private ReplayStream? Stream =>
        Response.HasStarted ? context.Features.Get<ReplayStream>() : null;

    private bool IsLost => context.RequestAborted.IsCancellationRequested;

    public async ValueTask WriteAsync(Exchange exchange, Frame? frame)
    {
        if (!accepted.HasFlag(Accepted.EventStream))
        {
            return;
        }

        await BeginAsync(exchange);
        if (frame is not null)
        {
            await WriteEventAsync(exchange, frame);
        }
        else if (IsLost)
        {
            Stream?.Poke();
        }
        else
        {
            HttpText.WriteKeepAlive(Response.BodyWriter);
        }
    }

    public async ValueTask FlushAsync()
    {
        if (Response.HasStarted && !IsLost)
        {
            await Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }

    public ValueTask FinishAsync(Exchange exchange, Frame response) =>
        IsJson
            ? HttpText.WriteJsonAsync(Response, exchange, response)
            : FinishStreamAsync(exchange, response);

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> response)
    {
        if (IsJson)
        {
            await HttpText.WriteJsonAsync(Response, response);
            return;
        }

        await BeginAsync(exchange: null);
        await WriteEventAsync(response);
        Stream?.End();
    }

    public async ValueTask FinishStoppedAsync()
    {
        if (accepted.HasFlag(Accepted.EventStream))
        {
            await BeginAsync(exchange: null);
            Stream?.End();
        }
        else
        {
            Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }

    private bool IsJson => !Response.HasStarted && accepted.HasFlag(Accepted.Json);

    private async ValueTask FinishStreamAsync(Exchange exchange, Frame response)
    {
        await BeginAsync(exchange);
        await WriteEventAsync(exchange, response);
        Stream?.End();
    }

    private async ValueTask BeginAsync(Exchange? exchange)
    {
        if (Response.HasStarted)
        {
            return;
        }

        var stream = isResumable ? exchange?.Session.Replay.Begin() : null;
        context.Features.Set(stream);
        await HttpText.BeginEventsAsync(Response);
        if (stream is not null && exchange is { Session.Dialect.HasPrimedStreams: true })
        {
            var priming = stream.Add(default);
            HttpText.WritePriming(Response.BodyWriter, priming.Stream, priming.Number);
        }
    }

    private async ValueTask WriteEventAsync(Exchange exchange, Frame frame)
    {
        if (Stream is not { } stream)
        {
            await HttpText.WriteEventAsync(Response.BodyWriter, exchange, frame);
        }
        else if (stream.Keeps(frame.Length))
        {
            var copy = new ArrayBufferWriter<byte>(exchange.Measure(frame));
            exchange.Write(copy, frame);
            await WriteEventAsync(copy.WrittenMemory);
        }
        else
        {
            await WriteLongAsync(exchange, frame);
        }
    }

    // Whoever is there gets it whole; whoever comes back for it learns that it is gone.
    private async ValueTask WriteLongAsync(Exchange exchange, Frame frame)
    {
        var request = exchange.Request;
        Number(
            RpcText.Error(
                request[request.Id],
                RpcText.ServerError,
                $"The stream broke, and a message of {frame.Length} bytes is too long to be kept. "
                    + "Make the request again."
            )
        );
        if (!IsLost)
        {
            await HttpText.WriteEventAsync(Response.BodyWriter, exchange, frame);
        }
    }

    private async ValueTask WriteEventAsync(ReadOnlyMemory<byte> message)
    {
        Number(message);
        if (!IsLost)
        {
            await HttpText.WriteEventAsync(Response.BodyWriter, message);
        }
    }

    private void Number(ReadOnlyMemory<byte> message)
    {
        if (Stream is { } stream)
        {
            var added = stream.Add(message);
            if (!IsLost)
            {
                HttpText.WriteId(Response.BodyWriter, added.Stream, added.Number);
            }
        }
    }
}
