using System.Net.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Takes up again a stream that ended before all was said (2025-11-25, resumability).
/// </summary>
internal sealed class Resuming(
    HttpConnection connection,
    RemoteContext context,
    StreamPosition position
)
{
    /// <summary>The rest of the stream.</summary>
    /// <exception cref="OriginAnswerException">It cannot be had.</exception>
    public async Task<HttpResponseMessage> RunAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= RemoteLimits.MaxResumptions; attempt++)
        {
            await Task.Delay(Pause.Before(position, attempt), context.Time, cancellationToken);
            if (await TryAsync(cancellationToken) is { } response)
            {
                return response;
            }
        }

        throw new OriginAnswerException(Answers.EndedEarly);
    }

    // Null when it is worth to try again.
    private async Task<HttpResponseMessage?> TryAsync(CancellationToken cancellationToken)
    {
        var request = new OriginRequest(HttpMethod.Get, context.Origin.Url)
        {
            Accept = Bodies.Events,
            Headers = [new(ProtocolHeaders.LastEvent, position.LastEventId)],
        };
        try
        {
            var response = await connection.SendAsync(
                request,
                connection.Session,
                Envelope.Own,
                cancellationToken
            );
            if (response.IsSuccessStatusCode && Bodies.Is(response, Bodies.Events))
            {
                return response;
            }

            response.Dispose();
            return (int)response.StatusCode >= 500
                ? null
                : throw new OriginAnswerException(Answers.EndedEarly);
        }
        catch (HttpRequestException)
        {
            // It may be back in a moment.
            return null;
        }
    }
}

/// <summary>How long to leave an origin alone before a stream is asked for again.</summary>
internal static class Pause
{
    /// <param name="attempt">From 1; the first is as the server wants it.</param>
    public static TimeSpan Before(StreamPosition position, int attempt)
    {
        var first = position.Retry ?? RemoteLimits.FirstRetry;
        var longer = first * Math.Pow(2, Math.Min(attempt - 1, 10));
        return longer < RemoteLimits.LongestRetry ? longer
            : first > RemoteLimits.LongestRetry ? first
            : RemoteLimits.LongestRetry;
    }
}
