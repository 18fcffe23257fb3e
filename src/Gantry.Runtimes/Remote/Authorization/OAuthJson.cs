using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>RFC 9728.</summary>
internal sealed record ProtectedResourceDocument
{
    public string? Resource { get; init; }

    public IReadOnlyList<string>? AuthorizationServers { get; init; }

    public IReadOnlyList<string>? ScopesSupported { get; init; }
}

/// <summary>RFC 8414, and OpenID Connect Discovery.</summary>
internal sealed record AuthorizationServerDocument
{
    public string? Issuer { get; init; }

    public string? AuthorizationEndpoint { get; init; }

    public string? TokenEndpoint { get; init; }

    public string? RegistrationEndpoint { get; init; }

    public IReadOnlyList<string>? ScopesSupported { get; init; }

    public IReadOnlyList<string>? CodeChallengeMethodsSupported { get; init; }

    public IReadOnlyList<string>? TokenEndpointAuthMethodsSupported { get; init; }

    public IReadOnlyList<string>? TokenEndpointAuthSigningAlgValuesSupported { get; init; }

    public bool ClientIdMetadataDocumentSupported { get; init; }

    public bool AuthorizationResponseIssParameterSupported { get; init; }
}

/// <summary>RFC 7591, what Gantry says about itself.</summary>
internal sealed record RegistrationRequest(
    string ClientName,
    ImmutableArray<string> RedirectUris,
    ImmutableArray<string> GrantTypes,
    ImmutableArray<string> ResponseTypes,
    string TokenEndpointAuthMethod,
    string ApplicationType
)
{
    public string? Scope { get; init; }
}

/// <summary>RFC 7591, what it is told.</summary>
internal sealed record RegistrationAnswer
{
    public string? ClientId { get; init; }

    public string? ClientSecret { get; init; }

    public string? TokenEndpointAuthMethod { get; init; }

    // A printed record would show the secret.
    public override string ToString() => "registration";
}

/// <summary>RFC 6749, 5.1 and 5.2.</summary>
internal sealed record TokenDocument
{
    public string? AccessToken { get; init; }

    public string? TokenType { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public double? ExpiresIn { get; init; }

    public string? RefreshToken { get; init; }

    public string? Scope { get; init; }

    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }

    // A printed record would show the tokens.
    public override string ToString() => "tokens";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ProtectedResourceDocument))]
[JsonSerializable(typeof(AuthorizationServerDocument))]
[JsonSerializable(typeof(RegistrationRequest))]
[JsonSerializable(typeof(RegistrationAnswer))]
[JsonSerializable(typeof(TokenDocument))]
internal sealed partial class OAuthJson : JsonSerializerContext;
