using System.Collections.Concurrent;
using System.Net;
using Gantry.Config;
using Gantry.Runtimes.Remote.Secrets;
using Gantry.Wire;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Gantry before an <see cref="Authority"/>: its credentials, and what would use them.
/// </summary>
internal sealed class Visitor : IDisposable, ILoggerFactory, ILogger
{
    public static readonly ServerName Server = ServerName.Parse("tracker");

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("gantry-oauth-");
    private readonly HttpClient _http = new();
    private readonly Authority _authority;

    /// <param name="hasBrowser">Whether a login starts by itself, as soon as it is needed.</param>
    public Visitor(Authority authority, bool hasBrowser = true, TimeProvider? time = null)
    {
        _authority = authority;
        Resource = authority.Resource;
        Vault = new(_home.FullName, _ => null, time ?? TimeProvider.System);
        Logins = new(Vault, Find, time ?? TimeProvider.System, new Logger<UpstreamLogins>(this));
        Credentials = new(
            Logins,
            Vault,
            Find,
            hasBrowser ? OpenAsync : null,
            time ?? TimeProvider.System,
            new Logger<OAuthCredentials>(this)
        );
    }

    public Uri Resource { get; set; }

    public AuthSpec? Auth { get; set; }

    public Vault Vault { get; }

    public UpstreamLogins Logins { get; }

    public OAuthCredentials Credentials { get; }

    public ConcurrentQueue<string> Said { get; } = new();

    public string Home => _home.FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What the server says in the end, after one attempt to heal a refusal.</summary>
    public async Task<HttpStatusCode> CallAsync(string? principal = null)
    {
        var envelope = new Envelope(principal);
        using var first = await SendAsync(envelope);
        if (
            first.StatusCode is HttpStatusCode.OK
            || !await Credentials.ChallengeAsync(Server, Resource, envelope, first, Cancelled)
        )
        {
            return first.StatusCode;
        }

        using var second = await SendAsync(envelope);
        return second.StatusCode;
    }

    public async Task<string> RefusalAsync(string? principal = null) =>
        (await Assert.ThrowsAsync<UpstreamRefusedException>(() => CallAsync(principal))).Message;

    public async ValueTask OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        using var page = await _http.GetAsync(address, cancellationToken);
    }

    public void Dispose()
    {
        Logins.Dispose();
        Vault.Dispose();
        _http.Dispose();
        _home.Delete(recursive: true);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Said.Enqueue(formatter(state, exception) + exception);

    private UpstreamServer? Find(ServerName name) => new(Resource.OriginalString, Auth);

    private async Task<HttpResponseMessage> SendAsync(Envelope envelope)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _authority.Resource);
        request.Headers.Authorization = await Credentials.GetAsync(
            Server,
            Resource,
            envelope,
            Cancelled
        );
        return await _http.SendAsync(request, Cancelled);
    }
}
