using System.Net;
using System.Net.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Sends a request again that never left, and one that only reads when the server asks for
/// patience.</summary>
internal sealed class Retries(HttpConnection connection, TimeProvider time)
{
    /// <param name="terms">Whether it changes nothing at the server; and whether the origin was there
    /// before, so that it may be restarting.</param>
    public async Task<HttpResponseMessage> SendAsync(
        OriginRequest request,
        HttpSession? session,
        Envelope envelope,
        (bool OnlyReads, bool IsKnown) terms,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt == RemoteLimits.MaxAttempts;
            var pause = RemoteLimits.Reconnect * attempt;
            try
            {
                var response = await connection.SendAsync(
                    request,
                    session,
                    envelope,
                    cancellationToken
                );
                if (!terms.OnlyReads || isLast || PatienceAsked(response) is not { } asked)
                {
                    return response;
                }

                response.Dispose();
                pause = asked;
            }
            catch (HttpRequestException exception)
                when (NeverLeft(exception) && terms.IsKnown && !isLast)
            {
                // Nobody but us knows of it.
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    // No connection came about that it could have left by.
    private static bool NeverLeft(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ConnectionError;

    // Null for never again.
    private TimeSpan? PatienceAsked(HttpResponseMessage response)
    {
        var isBusy =
            response.StatusCode
            is HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.TooManyRequests;
        var after = isBusy ? response.Headers.RetryAfter : null;
        var asked = after?.Delta ?? after?.Date - time.GetUtcNow();
        return asked is { } pause && pause <= RemoteLimits.LongestPatience
            ? pause > TimeSpan.Zero
                ? pause
                : TimeSpan.Zero
            : null;
    }
}
