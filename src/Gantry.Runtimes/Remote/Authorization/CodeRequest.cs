using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>One question to a person in a browser, with the means to recognise its answer: state,
/// PKCE, and the issuer.</summary>
internal sealed class CodeRequest
{
    private readonly string _state = Random();
    private readonly string _verifier = Random();
    private readonly AuthorizationServer _server;
    private readonly Uri _redirect;

    /// <exception cref="UpstreamRefusedException">The authorization server cannot be used
    /// safely.</exception>
    public CodeRequest(
        Discovered found,
        ClientIdentity client,
        ImmutableArray<string> scopes,
        Uri redirect
    )
    {
        if (!found.Server.HasPkce)
        {
            throw new UpstreamRefusedException(
                $"{found.Server.Issuer} does not offer PKCE with S256, without which a code can be "
                    + "stolen; it has to be turned on there"
            );
        }

        _server = found.Server;
        _redirect = redirect;
        Address = Make(found, client, scopes);
    }

    /// <summary>What the browser is to open.</summary>
    public Uri Address { get; }

    /// <summary>
    /// Judges a visit. Null when it does not belong to this question, which then goes on.
    /// </summary>
    public CodeAnswer? Judge(IReadOnlyDictionary<string, string> parameters) =>
        parameters.TryGetValue("state", out var state) && Same(state, _state)
            ? new(
                parameters.GetValueOrDefault("code"),
                parameters.GetValueOrDefault("iss"),
                parameters.GetValueOrDefault("error")
            )
            : null;

    /// <summary>What to show the token endpoint.</summary>
    /// <exception cref="UpstreamRefusedException">The answer is no, or not from whom it should be.
    /// </exception>
    public Dictionary<string, string> Redeem(CodeAnswer answer)
    {
        // First of all: another's error is not to be believed either (RFC 9207).
        if (answer.Issuer is { } issuer ? issuer != _server.Issuer : _server.SignsAnswers)
        {
            throw new UpstreamRefusedException(
                $"the answer does not come from {_server.Issuer}, which was asked: somebody may try "
                    + "to mix up two authorization servers"
            );
        }

        return answer is { Code: { Length: > 0 } code, Error: null }
            ? new(StringComparer.Ordinal)
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = _redirect.ToString(),
                ["code_verifier"] = _verifier,
            }
            : throw new UpstreamRefusedException(
                answer.Error is "access_denied"
                    ? "access was denied in the browser"
                    : $"{_server.Issuer} gave no code"
            );
    }

    private Uri Make(Discovered found, ClientIdentity client, ImmutableArray<string> scopes)
    {
        var endpoint =
            found.Server.AuthorizationEndpoint
            ?? throw new UpstreamRefusedException(
                $"{found.Server.Issuer} lets no people log in; perhaps 'grant: client_credentials' "
                    + "is meant"
            );
        var query = new List<(string Name, string Value)>
        {
            ("response_type", "code"),
            ("client_id", client.Id),
            ("redirect_uri", _redirect.ToString()),
            ("state", _state),
            ("code_challenge", Challenge()),
            ("code_challenge_method", "S256"),
            ("resource", found.Resource),
        };
        if (!scopes.IsEmpty)
        {
            query.Add(("scope", ScopeSet.Format(scopes)));
        }

        if (ScopeSet.NeedsConsent(scopes))
        {
            query.Add(("prompt", "consent"));
        }

        var text = string.Join(
            '&',
            query.Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}")
        );
        return new($"{endpoint.AbsoluteUri}{(endpoint.Query.Length > 0 ? '&' : '?')}{text}");
    }

    private string Challenge() =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(_verifier)));

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(one),
            Encoding.UTF8.GetBytes(other)
        );
}

/// <summary>What the browser brought back.</summary>
internal sealed record CodeAnswer(string? Code, string? Issuer, string? Error)
{
    // A printed record would show the code.
    public override string ToString() => Error ?? "code";
}
