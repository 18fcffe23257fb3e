namespace Gantry.Admin.Resources;

/// <summary>An answer that goes on until the client leaves or the daemon ends.</summary>
internal sealed class Streaming : IAsyncDisposable
{
    private readonly HttpResponse _response;
    private readonly CancellationTokenSource _end;

    private Streaming(HttpResponse response, CancellationTokenSource end)
    {
        _response = response;
        _end = end;
    }

    public CancellationToken Ended => _end.Token;

    public static Streaming Begin(HttpContext context, Lifetime lifetime, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return new(
            context.Response,
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.Ending)
        );
    }

    /// <summary>Sends each entry as it comes. Ends quietly: both sides may leave when they like.
    /// </summary>
    public async Task RunAsync<T>(IAsyncEnumerable<T> entries, Func<T, string> format)
    {
        try
        {
            // The client learns at once that it is connected, not with the first entry.
            await _response.Body.FlushAsync(Ended);
            await foreach (var entry in entries.WithCancellation(Ended))
            {
                await _response.WriteAsync(format(entry), Ended);
                await _response.Body.FlushAsync(Ended);
            }
        }
        catch (OperationCanceledException) when (Ended.IsCancellationRequested)
        {
            // Either side may leave at any time.
        }
    }

    public ValueTask DisposeAsync()
    {
        _end.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>When the daemon is about to end, so that open streams end first.</summary>
internal sealed record Lifetime(CancellationToken Ending);
