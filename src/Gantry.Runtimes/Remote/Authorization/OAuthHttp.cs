using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Config;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>
/// Fetches what servers say about authorization: bounded in size and time, never led to another
/// origin, and never led from the Internet into the network that Gantry stands in.
/// </summary>
internal sealed class OAuthHttp : IDisposable
{
    /// <summary>Larger documents are refused.</summary>
    private const int MaxDocument = 256 * 1024;

    private const int MaxRedirects = 3;

    /// <summary>How long one answer may take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Trust, HttpClient> _clients = new();
    private readonly TimeProvider _time;

    public OAuthHttp(TimeProvider time) => _time = time;

    /// <summary>The document; null when there is none at that address.</summary>
    /// <exception cref="UpstreamRefusedException">The address cannot be reached, or answers with
    /// something that must not be used.</exception>
    public async Task<T?> GetAsync<T>(
        Uri address,
        Ground ground,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var at = address;
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            var answer = await SendAsync(request, ground, cancellationToken);
            if (answer.Location is null)
            {
                return answer is { IsGood: true, IsJson: true }
                    ? Parse(answer.Body, type, at)
                    : null;
            }

            at = Follow(at, answer.Location);
        }

        throw new UpstreamRefusedException($"{Shown(address)} redirects without end");
    }

    /// <summary>Sends what must not be repeated anywhere else.</summary>
    /// <exception cref="UpstreamRefusedException">The address cannot be reached.</exception>
    public Task<OAuthAnswer> PostAsync(
        HttpRequestMessage request,
        Ground ground,
        CancellationToken cancellationToken
    ) => SendAsync(request, ground, cancellationToken);

    /// <summary>How the server refuses the request, if it does. To its configured address it may
    /// lead anywhere.</summary>
    public async Task<Challenge> ProbeAsync(
        HttpRequestMessage request,
        Ground ground,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(s_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token,
            cancellationToken
        );
        try
        {
            using var response = await ClientOf(ground)
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Challenge.Of(response);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw TooSlow(request);
        }
        catch (Exception exception) when (IsUnreachable(exception))
        {
            throw Unreachable(request, exception);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    /// <summary>The address without its query, which may hold what is not for logs.</summary>
    public static string Shown(Uri? address) => address?.GetLeftPart(UriPartial.Path) ?? "?";

    public static T Parse<T>(byte[] body, JsonTypeInfo<T> type, Uri? from)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            // The exception may quote what was sent, which may be a token.
            throw new UpstreamRefusedException($"{Shown(from)} answers with no proper JSON");
        }
    }

    private async Task<OAuthAnswer> SendAsync(
        HttpRequestMessage request,
        Ground ground,
        CancellationToken cancellationToken
    )
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var patience = new CancellationTokenSource(s_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token,
            cancellationToken
        );
        try
        {
            using var response = await ClientOf(ground)
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await OAuthAnswer.ReadAsync(response, MaxDocument, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw TooSlow(request);
        }
        catch (Exception exception) when (IsUnreachable(exception))
        {
            throw Unreachable(request, exception);
        }
    }

    private static bool IsUnreachable(Exception exception) =>
        exception
            is HttpRequestException
                or IOException
                or CryptographicException
                or UnauthorizedAccessException;

    private static UpstreamRefusedException TooSlow(HttpRequestMessage request) =>
        new($"{Shown(request.RequestUri)} did not answer within {s_patience.TotalSeconds} s");

    private static UpstreamRefusedException Unreachable(
        HttpRequestMessage request,
        Exception exception
    ) =>
        new(
            $"{Shown(request.RequestUri)} cannot be reached: "
                + (exception.InnerException as AuthenticationException ?? exception).Message
        );

    private static Uri Follow(Uri from, Uri location)
    {
        var to = new Uri(from, location);
        return WebAddress.SameOrigin(from, to) && WebAddress.IsSafe(to)
            ? to
            : throw new UpstreamRefusedException(
                $"{Shown(from)} redirects to another place, {Shown(to)}, which is not followed"
            );
    }

    // Files that were replaced are read again.
    private HttpClient ClientOf(Ground ground)
    {
        var changed = ground.Tls.CaFile is { } file ? File.GetLastWriteTimeUtc(file) : default;
        return _clients.GetOrAdd(new(ground, changed), static trust => Make(trust.Ground));
    }

    private static HttpClient Make(Ground ground)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = ground.IsInside ? Connect : ConnectOutside,
            SslOptions = OriginTrust.MakeOptions(ground.Tls),
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Origin.OwnName);
        return client;
    }

    private static ValueTask<Stream> Connect(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    ) => ConnectAsync(context, static _ => true, cancellationToken);

    // A proxy may be inside: then it is its business whom it lets through.
    private static ValueTask<Stream> ConnectOutside(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    ) =>
        ConnectAsync(
            context,
            context.InitialRequestMessage.RequestUri?.IdnHost == context.DnsEndPoint.Host
                ? WebAddress.IsPublic
                : static _ => true,
            cancellationToken
        );

    // The address that was judged is the one that is called: a name may mean another a moment later.
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        Func<IPAddress, bool> mayCall,
        CancellationToken cancellationToken
    )
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (!addresses.All(mayCall))
        {
            throw new HttpRequestException(
                $"'{host}' is an address of the network inside, to which a server outside may not "
                    + "send Gantry. If it is right, name it as 'issuer' under 'auth'."
            );
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What one client of ours is for.</summary>
/// <param name="Changed">When the file of authorities was written last.</param>
internal readonly record struct Trust(Ground Ground, DateTime Changed);

/// <summary>Where the server stands that leads Gantry to other addresses.</summary>
/// <param name="IsInside">This machine or a private network, or the operator named the addresses:
/// then they may be inside too.</param>
internal readonly record struct Ground(bool IsInside)
{
    public TlsSpec Tls { get; init; } = TlsSpec.Default;

    /// <summary>The same for its issuer.</summary>
    public static async Task<Ground> OfIssuerAsync(
        LoginNeed need,
        CancellationToken cancellationToken
    ) =>
        need.Auth.Issuer is null
            ? await OfAsync(need, cancellationToken)
            : new(IsInside: true) { Tls = Authorities(need.Tls) };

    public static async Task<Ground> OfAsync(LoginNeed need, CancellationToken cancellationToken)
    {
        var ground = await OfAsync(need.Resource, cancellationToken);
        return ground with { Tls = Authorities(need.Tls) };
    }

    // What Gantry shows of itself, and what it does not check, is between it and the server.
    private static TlsSpec Authorities(TlsSpec tls) => TlsSpec.Default with { CaFile = tls.CaFile };

    private static async Task<Ground> OfAsync(Uri resource, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(resource.IdnHost, cancellationToken);
            return new(addresses.Any(address => !WebAddress.IsPublic(address)));
        }
        catch (SocketException)
        {
            // A name that only a proxy knows is outside.
            return new(IsInside: false);
        }
    }
}

/// <param name="Location">Where a redirect leads; null when it is none.</param>
internal sealed record OAuthAnswer(HttpStatusCode Status, bool IsJson, Uri? Location, byte[] Body)
{
    public bool IsGood => (int)Status is >= 200 and < 300;

    public static async Task<OAuthAnswer> ReadAsync(
        HttpResponseMessage response,
        int maxLength,
        CancellationToken cancellationToken
    )
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var read = new MemoryStream();
        var buffer = new byte[8_192];
        while (await body.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            read.Write(buffer, 0, count);
            if (read.Length > maxLength)
            {
                throw new UpstreamRefusedException(
                    $"{OAuthHttp.Shown(response.RequestMessage?.RequestUri)} answers with more than "
                        + $"{maxLength / 1024} KiB"
                );
            }
        }

        var isRedirect = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
        return new(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType?.EndsWith(
                "json",
                StringComparison.OrdinalIgnoreCase
            )
                is true,
            isRedirect ? response.Headers.Location : null,
            read.ToArray()
        );
    }

    public override string ToString() => $"{(int)Status}";
}
