using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>The HTTP response to one request, in the form that its course asks for.</summary>
internal readonly struct CallReply(HttpContext context, Frame request, Accepted accepted)
{
    private HttpResponse Response => context.Response;

    public bool IsAborted => context.RequestAborted.IsCancellationRequested;

    /// <summary>
    /// Writes what comes before the response, and disposes it; a keep-alive for null. A client that
    /// takes no stream misses it.
    /// </summary>
    public async ValueTask WriteAsync(Frame? frame)
    {
        if (accepted.HasFlag(Accepted.EventStream))
        {
            await BeginAsync();
            if (frame is null)
            {
                HttpText.WriteKeepAlive(Response.BodyWriter);
            }
            else
            {
                HttpText.WriteEvent(Response.BodyWriter, frame, request);
            }
        }

        frame?.Dispose();
    }

    public async ValueTask FlushAsync()
    {
        if (Response.HasStarted)
        {
            await Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Writes the response. It stays the caller's.</summary>
    public ValueTask FinishAsync(Frame response) =>
        IsJson ? HttpText.WriteJsonAsync(Response, response, request) : FinishStreamAsync(response);

    /// <summary>Writes an answer of Gantry's own, or for lack of the server's.</summary>
    public async Task FinishAsync(ReadOnlyMemory<byte> answer)
    {
        if (IsJson)
        {
            await HttpText.WriteJsonAsync(Response, answer);
            return;
        }

        await BeginAsync();
        HttpText.WriteEvent(Response.BodyWriter, answer.Span);
    }

    /// <summary>Ends without a response, as the client asked for none.</summary>
    public async Task FinishStoppedAsync()
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

    private async ValueTask FinishStreamAsync(Frame response)
    {
        await BeginAsync();
        HttpText.WriteEvent(Response.BodyWriter, response, request);
    }

    private Task BeginAsync() =>
        Response.HasStarted ? Task.CompletedTask : HttpText.BeginEventsAsync(Response);
}
