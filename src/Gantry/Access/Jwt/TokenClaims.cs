using System.Buffers.Text;
using System.Text.Json;
using Gantry.Config;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Gantry.Access;

/// <summary>What a token says of its holder, in our words.</summary>
internal sealed class TokenClaims(JsonWebToken token, IssuerSettings issuer)
{
    private const int MaxSubject = 256;

    private readonly JsonElement _claims = Parse(token);

    /// <summary>Null when there is none that can be shown in a log.</summary>
    public string? Subject =>
        token.Subject is { Length: > 0 and <= MaxSubject } subject && !subject.Any(char.IsControl)
            ? subject
            : null;

    /// <summary>Null when it has all that it must have.</summary>
    public string? MissingScope
    {
        get
        {
            var scopes = Words(Claim("scope")).Concat(Words(Claim("scp"))).ToHashSet();
            return issuer.RequiredScopes.FirstOrDefault(scope => !scopes.Contains(scope));
        }
    }

    /// <summary>The highest that it gives; null for none.</summary>
    public Role? Role =>
        issuer.RolesClaim is { } claim
            ? Words(Claim(claim)).Select(RoleOf).Max()
            : Access.Role.Caller;

    public Tenancy Tenancy =>
        issuer.TenantClaim is not { } claim ? Tenancy.All
        : Words(Claim(claim)).FirstOrDefault() is { } tenant && TenantName.IsValid(tenant)
            ? Tenancy.Of(tenant)
        : Tenancy.Nobody;

    private Role? RoleOf(string claimed) =>
        issuer.RoleMap.IsEmpty ? Roles.Parse(claimed)
        : issuer.RoleMap.TryGetValue(claimed, out var role) ? role
        : null;

    // A name with dots is tried as it is first: some providers' claims are URLs.
    private JsonElement? Claim(string name)
    {
        if (_claims.TryGetProperty(name, out var whole))
        {
            return whole;
        }

        var value = _claims;
        foreach (var part in name.Split('.'))
        {
            if (
                value.ValueKind is not JsonValueKind.Object
                || !value.TryGetProperty(part, out value)
            )
            {
                return null;
            }
        }

        return value;
    }

    private static JsonElement Parse(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        return payload.RootElement.Clone();
    }

    private static IEnumerable<string> Words(JsonElement? claim) =>
        claim switch
        {
            { ValueKind: JsonValueKind.String } text => (text.GetString() ?? "").Split(
                ' ',
                StringSplitOptions.RemoveEmptyEntries
            ),
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray()
                .Where(item => item.ValueKind is JsonValueKind.String)
                .Select(item => item.GetString() ?? ""),
            _ => [],
        };
}
