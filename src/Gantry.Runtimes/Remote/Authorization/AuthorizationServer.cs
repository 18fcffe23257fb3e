using System.Collections.Immutable;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>An authorization server as it describes itself, as far as that can be believed.</summary>
/// <param name="Issuer">Compared character by character, never normalised.</param>
internal sealed record AuthorizationServer(string Issuer, Uri TokenEndpoint)
{
    /// <summary>Null when it serves no people.</summary>
    public Uri? AuthorizationEndpoint { get; init; }

    /// <summary>Null when clients cannot register themselves.</summary>
    public Uri? RegistrationEndpoint { get; init; }

    public ImmutableArray<string> ScopesSupported { get; init; } = [];

    public bool HasPkce { get; init; }

    /// <summary>How clients may show who they are; empty when it does not say.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    public ImmutableArray<string> SigningAlgorithms { get; init; } = [];

    public bool TakesMetadataDocuments { get; init; }

    /// <summary>Whether each answer to the browser says who gives it (RFC 9207).</summary>
    public bool SignsAnswers { get; init; }

    /// <param name="issuer">From which the address of the document was made.</param>
    /// <exception cref="UpstreamRefusedException">It cannot be believed.</exception>
    public static AuthorizationServer Of(AuthorizationServerDocument document, string issuer) =>
        document.Issuer == issuer
            ? new(issuer, WebAddress.Parse(document.TokenEndpoint, "the token endpoint"))
            {
                AuthorizationEndpoint = Optional(
                    document.AuthorizationEndpoint,
                    "the authorization endpoint"
                ),
                RegistrationEndpoint = Optional(
                    document.RegistrationEndpoint,
                    "the registration endpoint"
                ),
                ScopesSupported = [.. document.ScopesSupported ?? []],
                HasPkce = document.CodeChallengeMethodsSupported?.Contains("S256") is true,
                Methods = [.. document.TokenEndpointAuthMethodsSupported ?? []],
                SigningAlgorithms = [.. document.TokenEndpointAuthSigningAlgValuesSupported ?? []],
                TakesMetadataDocuments = document.ClientIdMetadataDocumentSupported,
                SignsAnswers = document.AuthorizationResponseIssParameterSupported,
            }
            : throw new UpstreamRefusedException(
                $"the metadata found for {issuer} belong to another issuer, so they are not used; "
                    + "if that one is right, name it as 'issuer' under 'auth'"
            );

    /// <summary>Of a server that publishes nothing at all, as servers of 2025-03-26 may.</summary>
    public static AuthorizationServer OfRevision2025March(string origin) =>
        new(origin, new($"{origin}/token"))
        {
            AuthorizationEndpoint = new($"{origin}/authorize"),
            RegistrationEndpoint = new($"{origin}/register"),
            // It cannot say so, but the revision demands it.
            HasPkce = true,
        };

    private static Uri? Optional(string? text, string what) =>
        text is null ? null : WebAddress.Parse(text, what);
}
