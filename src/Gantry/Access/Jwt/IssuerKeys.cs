using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Config;
using Microsoft.IdentityModel.Tokens;

namespace Gantry.Access;

/// <summary>
/// The public keys of one identity provider: fetched when first needed, kept, and fetched again
/// when a token names one that is not among them, but not as often as anybody likes.
/// </summary>
internal sealed partial class IssuerKeys(
    IssuerSettings issuer,
    HttpClient http,
    TimeProvider time,
    ILogger<IssuerKeys> logger
) : IDisposable
{
    /// <summary>A key that was withdrawn is forgotten after so long at the latest.</summary>
    private static readonly TimeSpan s_age = TimeSpan.FromHours(1);

    /// <summary>Whoever invents key ids makes us ask no more often than this.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);

    /// <summary>How long known keys go on when the provider does not answer.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(24);

    private readonly SemaphoreSlim _fetching = new(1);
    private Fetched _current = new([], null, null);

    /// <summary>The keys that may have signed. Null when they are not known and cannot be had.
    /// </summary>
    /// <param name="kid">Which of them; empty when the token does not say.</param>
    public async ValueTask<ImmutableArray<JsonWebKey>?> FindAsync(
        string kid,
        CancellationToken cancellationToken
    )
    {
        var current = Volatile.Read(ref _current);
        if (!IsEnough(current, kid) && MayFetch(current))
        {
            current = await FetchAsync(kid, cancellationToken);
        }

        return current.At is { } at && time.GetUtcNow() - at < s_longest
            ? Matching(current, kid)
            : null;
    }

    public void Dispose() => _fetching.Dispose();

    private async Task<Fetched> FetchAsync(string kid, CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            var current = Volatile.Read(ref _current);
            if (IsEnough(current, kid) || !MayFetch(current))
            {
                return current;
            }

            var now = time.GetUtcNow();
            var next = await TryFetchAsync(cancellationToken) is { } keys
                ? new Fetched(keys, now, now)
                : current with
                {
                    TriedAt = now,
                };
            Volatile.Write(ref _current, next);
            return next;
        }
        finally
        {
            _fetching.Release();
        }
    }

    private async Task<ImmutableArray<JsonWebKey>?> TryFetchAsync(
        CancellationToken cancellationToken
    )
    {
        try
        {
            var url = issuer.KeysUrl ?? await DiscoverAsync(cancellationToken);
            var keys = Usable(await http.GetStringAsync(url, cancellationToken));
            LogFetched(issuer.Issuer, keys.Length);
            return keys;
        }
        catch (Exception exception)
            when (exception
                    is HttpRequestException
                        or JsonException
                        or FormatException
                        or ArgumentException
                || (
                    exception is OperationCanceledException
                    && !cancellationToken.IsCancellationRequested
                )
            )
        {
            LogUnreachable(issuer.Issuer, exception.Message);
            return null;
        }
    }

    private async Task<Uri> DiscoverAsync(CancellationToken cancellationToken)
    {
        HttpRequestException? failure = null;
        foreach (var place in Places())
        {
            try
            {
                return Read(await http.GetByteArrayAsync(place, cancellationToken));
            }
            catch (HttpRequestException exception)
            {
                failure ??= exception;
            }
        }

        throw failure ?? new HttpRequestException("It has no metadata.");
    }

    // OpenID Connect appends to the path, RFC 8414 puts it in front.
    private IEnumerable<Uri> Places()
    {
        var url = new Uri(issuer.Issuer);
        var (root, path) = (url.GetLeftPart(UriPartial.Authority), url.AbsolutePath.TrimEnd('/'));
        yield return new($"{root}{path}/.well-known/openid-configuration");
        yield return new($"{root}/.well-known/oauth-authorization-server{path}");
    }

    private Uri Read(byte[] metadata)
    {
        using var document = JsonDocument.Parse(metadata);
        var root = document.RootElement;
        var named = Text(root, "issuer");
        if (named != issuer.Issuer)
        {
            throw new FormatException($"Its metadata is that of '{named}'.");
        }

        return
            Uri.TryCreate(Text(root, "jwks_uri"), UriKind.Absolute, out var url)
            && (url.Scheme is "https" || url.IsLoopback)
            ? url
            : throw new FormatException("Its metadata names no keys that could be fetched safely.");
    }

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind is JsonValueKind.Object
        && root.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    // What could only verify what it could also sign is no public key.
    private static ImmutableArray<JsonWebKey> Usable(string json) =>
        [
            .. new JsonWebKeySet(json).Keys.Where(key =>
                key.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve
                && key.Use is null or "" or JsonWebKeyUseNames.Sig
                && (key.Kty is not JsonWebAlgorithmsKeyTypes.RSA || key.KeySize >= 2048)
            ),
        ];

    private bool IsEnough(Fetched current, string kid) =>
        current.At is { } at
        && time.GetUtcNow() - at < s_age
        && (kid.Length == 0 || !Matching(current, kid).IsEmpty);

    private bool MayFetch(Fetched current) =>
        current.TriedAt is not { } at || time.GetUtcNow() - at >= s_pause;

    private static ImmutableArray<JsonWebKey> Matching(Fetched current, string kid) =>
        kid.Length == 0 ? current.Keys : current.Keys.RemoveAll(key => key.Kid != kid);

    private sealed record Fetched(
        ImmutableArray<JsonWebKey> Keys,
        DateTimeOffset? At,
        DateTimeOffset? TriedAt
    );

    [LoggerMessage(LogLevel.Information, "{Issuer}: {Keys} keys fetched")]
    private partial void LogFetched(string issuer, int keys);

    [LoggerMessage(LogLevel.Warning, "{Issuer}: its keys cannot be fetched: {Why}")]
    private partial void LogUnreachable(string issuer, string why);
}
