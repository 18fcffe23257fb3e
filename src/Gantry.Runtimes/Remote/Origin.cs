using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote;

/// <summary>
/// The way to where a server runs: connections, trust, configured headers and credentials. Knows
/// nothing of the protocol.
/// </summary>
internal sealed class Origin : IDisposable
{
    private const string Authorization = "Authorization";
    private const string UserAgent = "User-Agent";

    /// <summary>What Gantry calls itself wherever it comes.</summary>
    public static string OwnName { get; } =
        $"gantry/{typeof(Origin).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    private readonly ServerName _server;
    private readonly IUpstreamCredentials _credentials;
    private readonly SocketsHttpHandler _handler;
    private int _challenges;
    private int _openChallenges;

    public Origin(ServerName server, RemoteSpec spec, IUpstreamCredentials credentials)
    {
        _server = server;
        _credentials = credentials;
        Spec = spec;
        Url = new(spec.Url.Value);
        Headers =
        [
            .. spec.Headers.ContainsKey(UserAgent) ? [] : new[] { (UserAgent, OwnName) },
            .. spec.Headers.Select(header => (header.Key, header.Value.Value)),
        ];
        _handler = OriginTrust.MakeHandler(spec);
        Http = new(_handler, disposeHandler: true);
    }

    public RemoteSpec Spec { get; }

    public Uri Url { get; }

    /// <summary>The address as it may be shown.</summary>
    public string Shown => Spec.Url.Written;

    /// <summary>What the configuration says to send with every request.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; }

    public HttpMessageInvoker Http { get; }

    /// <summary>How often it asked for credentials, so that a wait for something else can tell
    /// silence from the time that takes.</summary>
    public int Challenges => Volatile.Read(ref _challenges);

    /// <summary>Whether Gantry is getting credentials for it now.</summary>
    public bool IsChallenging => Volatile.Read(ref _openChallenges) > 0;

    public bool IsMine(Uri other) =>
        other.Scheme == Url.Scheme
        && other.Port == Url.Port
        && string.Equals(other.IdnHost, Url.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends a request, on somebody's behalf, and gives the answer as soon as its headers
    /// are here. A refusal that credentials can heal is healed, once.</summary>
    /// <exception cref="UpstreamRefusedException">There can be no credentials.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        OriginRequest request,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        var url = request.Url;
        var redirects = 0;
        var isChallenged = false;
        while (true)
        {
            var message = request.ToMessage(url, Headers);
            var mayHeal = await AuthorizeAsync(message, envelope, cancellationToken);
            var response = await Http.SendAsync(message, cancellationToken);
            if (IsRefusal(response.StatusCode) && mayHeal && !isChallenged)
            {
                isChallenged = true;
                if (!await ChallengeAsync(response, envelope, cancellationToken))
                {
                    return response;
                }
            }
            else if (
                Redirection(response, url) is { } next
                && redirects < RemoteLimits.MaxRedirects
            )
            {
                url = next;
                redirects++;
            }
            else
            {
                return response;
            }

            response.Dispose();
        }
    }

    /// <summary>The credentials for a request that is no HTTP message of ours.</summary>
    public async ValueTask<string?> FindAuthorizationAsync(
        Envelope envelope,
        CancellationToken cancellationToken
    ) =>
        Forwarded(envelope)
        ?? (
            Spec.Headers.ContainsKey(Authorization)
                ? null
                : (
                    await _credentials.GetAsync(_server, Url, envelope, cancellationToken)
                )?.ToString()
        );

    public void Dispose() => Http.Dispose();

    // The caller's own, where that is wanted, goes before what the file says, and that before what
    // Gantry was given for itself. Only the last can be renewed.
    private ValueTask<bool> AuthorizeAsync(
        HttpRequestMessage message,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        if (Forwarded(envelope) is { } forwarded)
        {
            message.Headers.Remove(Authorization);
            message.Headers.TryAddWithoutValidation(Authorization, forwarded);
            return new(false);
        }

        if (message.Headers.Authorization is not null)
        {
            return new(false);
        }

        var found = _credentials.GetAsync(_server, Url, envelope, cancellationToken);
        if (!found.IsCompletedSuccessfully)
        {
            return AuthorizeAsync(message, found);
        }

        message.Headers.Authorization = found.Result;
        return new(true);
    }

    private static async ValueTask<bool> AuthorizeAsync(
        HttpRequestMessage message,
        ValueTask<AuthenticationHeaderValue?> found
    )
    {
        message.Headers.Authorization = await found;
        return true;
    }

    private async ValueTask<bool> ChallengeAsync(
        HttpResponseMessage refused,
        Envelope envelope,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _challenges);
        Interlocked.Increment(ref _openChallenges);
        try
        {
            return await _credentials.ChallengeAsync(
                _server,
                Url,
                envelope,
                refused,
                cancellationToken
            );
        }
        catch
        {
            refused.Dispose();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _openChallenges);
        }
    }

    private string? Forwarded(Envelope envelope) =>
        Spec.ForwardAuthorization ? envelope.ForwardedAuthorization : null;

    private static bool IsRefusal(HttpStatusCode status) =>
        status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    // Only where method and body stay what they are, and only within the origin: headers and
    // credentials are for nobody else.
    private Uri? Redirection(HttpResponseMessage response, Uri from)
    {
        var keeps =
            response.StatusCode
            is HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect;
        if (!keeps || response.Headers.Location is not { } location)
        {
            return null;
        }

        var next = new Uri(from, location);
        return IsMine(next)
            ? next
            : throw new OriginAnswerException(
                $"{Shown} sends on to another origin, {next.GetLeftPart(UriPartial.Authority)}. "
                    + "Write that address if it is to be trusted."
            );
    }
}
