using System.Collections.Concurrent;
using System.Net;
using Gantry.Config;

namespace Gantry.Access;

/// <summary>The keys of every identity provider, over changes of the settings.</summary>
internal sealed class JwtSources(TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    private const int MaxDocument = 1024 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string, Uri?), IssuerKeys> _keys = new();

    // A provider that redirects somewhere else is not asked there.
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
    {
        Timeout = s_patience,
        MaxResponseContentBufferSize = MaxDocument,
    };

    public IssuerKeys Of(IssuerSettings issuer) =>
        _keys.GetOrAdd(
            (issuer.Issuer, issuer.KeysUrl),
            _ => new(issuer, _http, time, loggers.CreateLogger<IssuerKeys>())
        );

    public void Dispose()
    {
        foreach (var keys in _keys.Values)
        {
            keys.Dispose();
        }

        _http.Dispose();
    }
}
