using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Gantry.Runtimes.Remote.Secrets;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Exchanges a grant for tokens.</summary>
internal sealed partial class TokenEndpoint(OAuthHttp http, TimeProvider time)
{
    [GeneratedRegex("^[a-z_]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode { get; }

    [GeneratedRegex("^[!-~]{1,16384}$", RegexOptions.CultureInvariant)]
    private static partial Regex TokenText { get; }

    /// <exception cref="GrantRefusedException">The authorization server says no.</exception>
    /// <exception cref="UpstreamRefusedException">It cannot be asked, or answers nonsense.</exception>
    public async Task<Tokens> ExchangeAsync(
        Discovered at,
        ClientIdentity client,
        Dictionary<string, string> grant,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, at.Server.TokenEndpoint);
        grant["resource"] = at.Resource;
        Authenticate(request, at.Server, client, grant);
        request.Content = new FormUrlEncodedContent(grant);
        var answer = await http.PostAsync(request, at.Ground, cancellationToken);
        if (answer is { IsGood: false, IsJson: false })
        {
            throw new UpstreamRefusedException($"{at.Server.Issuer} answers {answer}");
        }

        var given = OAuthHttp.Parse(
            answer.Body,
            OAuthJson.Default.TokenDocument,
            at.Server.TokenEndpoint
        );
        return answer.IsGood ? Read(given, at.Server.Issuer) : throw Refusal(given, at, answer);
    }

    private void Authenticate(
        HttpRequestMessage request,
        AuthorizationServer server,
        ClientIdentity client,
        Dictionary<string, string> grant
    )
    {
        switch (client)
        {
            case { Method: ClientMethod.PrivateKeyJwt, PrivateKeyFile: { } file }:
                grant["client_id"] = client.Id;
                grant["client_assertion_type"] = ClientAssertion.Type;
                grant["client_assertion"] = ClientAssertion.Make(
                    client.Id,
                    server,
                    file,
                    time.GetUtcNow()
                );
                break;
            case { Method: ClientMethod.Basic, Secret: { } secret }:
                request.Headers.Authorization = Basic(client.Id, secret);
                break;
            case { Method: ClientMethod.Post, Secret: { } secret }:
                grant["client_id"] = client.Id;
                grant["client_secret"] = secret.Value;
                break;
            default:
                grant["client_id"] = client.Id;
                break;
        }
    }

    // RFC 6749, 2.3.1: both are encoded first, so that a colon separates them.
    private static AuthenticationHeaderValue Basic(string id, Secret secret) =>
        new(
            "Basic",
            Convert.ToBase64String(
                Encoding.ASCII.GetBytes(
                    $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret.Value)}"
                )
            )
        );

    // What else it writes may repeat what it was sent.
    private static GrantRefusedException Refusal(
        TokenDocument given,
        Discovered at,
        OAuthAnswer answer
    ) =>
        new(
            given.Error is { } error && ErrorCode.IsMatch(error) ? error : answer.ToString(),
            at.Server.Issuer
        );

    private Tokens Read(TokenDocument given, string issuer)
    {
        if (given.AccessToken is not { } token || !TokenText.IsMatch(token))
        {
            throw new UpstreamRefusedException($"{issuer} gives no usable access token");
        }

        if (!"Bearer".Equals(given.TokenType, StringComparison.OrdinalIgnoreCase))
        {
            throw new UpstreamRefusedException(
                $"{issuer} gives a token of a kind that Gantry cannot use; it uses Bearer only"
            );
        }

        return new(
            new(token),
            given.RefreshToken is { } refresh ? new(refresh) : null,
            given.ExpiresIn is { } seconds and > 0 and < int.MaxValue
                ? time.GetUtcNow().AddSeconds(seconds)
                : null,
            given.Scope
        );
    }
}

/// <param name="Scope">Null when it is what was asked for.</param>
internal sealed record Tokens(
    Secret Access,
    Secret? Refresh,
    DateTimeOffset? ExpiresAt,
    string? Scope
);

/// <summary>The authorization server refuses a grant.</summary>
internal sealed class GrantRefusedException(string error, string issuer)
    : Exception($"{issuer} refuses: {error}")
{
    /// <summary>Whether the grant is worth nothing any more, whoever asks and when.</summary>
    public bool IsFinal { get; } =
        error is "invalid_grant" or "invalid_client" or "unauthorized_client";
}
