using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>The HTTP response to one request, in the form that its course asks for.</summary>
internal readonly struct CallReply(HttpContext context, Accepted accepted) : IReply
{
    private HttpResponse Response => context.Response;

    public bool IsAborted => context.RequestAborted.IsCancellationRequested;

    public async ValueTask WriteAsync(Exchange exchange, Frame? frame)
    {
        if (!accepted.HasFlag(Accepted.EventStream))
        {
            return;
        }

        await BeginAsync();
        if (frame is null)
        {
            HttpText.WriteKeepAlive(Response.BodyWriter);
        }
        else
        {
            await HttpText.WriteEventAsync(Response.BodyWriter, exchange, frame);
        }
    }

    public async ValueTask FlushAsync()
    {
        if (Response.HasStarted)
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

        await BeginAsync();
        HttpText.WriteEvent(Response.BodyWriter, response.Span);
    }

    public async ValueTask FinishStoppedAsync()
    {
        if (accepted.HasFlag(Accepted.EventStream))
        {
            await BeginAsync();
        }
        else
        {
            Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }

    private bool IsJson => !Response.HasStarted && accepted.HasFlag(Accepted.Json);

    private async ValueTask FinishStreamAsync(Exchange exchange, Frame response)
    {
        await BeginAsync();
        await HttpText.WriteEventAsync(Response.BodyWriter, exchange, response);
    }

    private Task BeginAsync() =>
        Response.HasStarted ? Task.CompletedTask : HttpText.BeginEventsAsync(Response);
}
