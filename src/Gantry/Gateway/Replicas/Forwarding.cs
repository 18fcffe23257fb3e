using Gantry.Gateway.Http;
using Gantry.Telemetry;

namespace Gantry.Gateway.Replicas;

/// <summary>
/// Passes requests on to the replica that has what they are about, and its answers back as they
/// come. That one asks again who the caller is, and notes the call; this one only carries.
/// </summary>
internal sealed partial class Forwarding(
    Peers peers,
    PeerLinks links,
    GatewayMeter meter,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<Forwarding> logger
)
{
    /// <summary>Whether nothing is ever passed on.</summary>
    public bool IsAlone => peers.IsAlone;

    /// <summary>The other replica that has what goes by this name; null when there is none, or the
    /// request came from one.</summary>
    public Replica? HolderOf(HttpContext context, string name) =>
        peers.HolderOf(name) is { } holder && !peers.IsForwarded(context) ? holder : null;

    /// <summary>Lets the other replica answer. False when it does not: nothing was written then.
    /// </summary>
    /// <param name="address">What the request came to, wherever that was.</param>
    /// <param name="body">As it was read; empty for none.</param>
    public async Task<bool> TryAsync(
        HttpContext context,
        Replica holder,
        Address address,
        ReadOnlyMemory<byte> body
    )
    {
        var method = HttpMethod.Parse(context.Request.Method);
        var url = UrlOf(holder, address, context.Request.QueryString.ToString());
        using var request = NewRequest(context.Request, method, url, body);
        if (await SendAsync(request, holder, context.RequestAborted) is not { } response)
        {
            // Who left is not told anything.
            return context.RequestAborted.IsCancellationRequested;
        }

        using (response)
        {
            await PassAsync(context, response, holder);
            return true;
        }
    }

    /// <summary>What a client sent, as it goes to the other replica.</summary>
    public HttpRequestMessage NewRequest(
        HttpRequest from,
        HttpMethod method,
        Uri url,
        ReadOnlyMemory<byte> body
    )
    {
        var request = new HttpRequestMessage(method, url)
        {
            Content = body.IsEmpty ? null : new ReadOnlyMemoryContent(body),
        };
        PassedHeaders.Copy(from, request);
        request.Headers.TryAddWithoutValidation(Peers.ForwardedHeader, peers.NewMark());
        return request;
    }

    /// <summary>Asks the other replica; null when it does not answer, or the client left.</summary>
    public async Task<HttpResponseMessage?> SendAsync(
        HttpRequestMessage request,
        Replica holder,
        CancellationToken gone
    )
    {
        using var patience = new CancellationTokenSource(peers.Settings.AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, gone);
        try
        {
            return await links.SendAsync(request, holder, either.Token);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException)
        {
            if (!gone.IsCancellationRequested)
            {
                meter.Forwarded("unreachable");
                LogUnreachable(holder.Url, exception.Message);
            }

            return null;
        }
    }

    /// <summary>Where the other replica has this.</summary>
    // Whether it goes by TLS is the links' affair.
    public static Uri UrlOf(Replica holder, Address address, string query) =>
        new UriBuilder(holder.Url)
        {
            Scheme = "http",
            Port = holder.Url.Port,
            Path = Paths.Of(address),
            Query = query,
        }.Uri;

    private async Task PassAsync(HttpContext context, HttpResponseMessage response, Replica holder)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        PassedHeaders.Copy(response, context.Response);
        try
        {
            await context.Response.StartAsync(ending.Token);
            await using var body = await response.Content.ReadAsStreamAsync(ending.Token);
            await PassAsync(context.Response, body, ending.Token);
            meter.Forwarded("answered");
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client left, or this gateway does; either ends the stream.
            meter.Forwarded("answered");
        }
        catch (IOException exception)
        {
            // An end would look like a whole answer.
            meter.Forwarded("broken");
            LogBroken(holder.Url, exception.Message);
            context.Abort();
        }
    }

    private static async Task PassAsync(
        HttpResponse response,
        Stream body,
        CancellationToken cancellationToken
    )
    {
        var output = response.BodyWriter;
        while (true)
        {
            var memory = output.GetMemory(HttpText.MaxAtOnce);
            var length = await body.ReadAsync(memory, cancellationToken);
            if (length == 0)
            {
                // Not even nothing may be written where there is no body.
                return;
            }

            output.Advance(length);
            if ((await output.FlushAsync(cancellationToken)).IsCompleted)
            {
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Replica {Url} does not answer: {Why}")]
    private partial void LogUnreachable(Uri url, string why);

    [LoggerMessage(LogLevel.Information, "Replica {Url} broke off in an answer: {Why}")]
    private partial void LogBroken(Uri url, string why);
}
