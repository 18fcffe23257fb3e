using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>An <c>auth</c> block with its variables still as they were written.</summary>
internal abstract record AuthDraft;

internal sealed record BearerDraft(Placed<string> Token) : AuthDraft;

/// <param name="Spec">Complete but for what may hold variables.</param>
internal sealed record OAuthDraft(OAuthAuth Spec, Place Place) : AuthDraft
{
    public Placed<string>? ClientId { get; init; }

    public Placed<string>? ClientSecret { get; init; }

    public Placed<string>? PrivateKeyFile { get; init; }

    public Placed<string>? ClientMetadataUrl { get; init; }

    public Placed<string>? Issuer { get; init; }

    public ImmutableArray<Placed<string>> Scopes { get; init; } = [];
}

/// <summary>Reads an <c>auth</c> block.</summary>
internal sealed class AuthReader(Report report)
{
    /// <summary>Null when something is wrong with it, which is reported.</summary>
    public AuthDraft? Read(Node.Mapping block)
    {
        var fields = new Fields(block, AuthKeys.Block, report);
        return fields.Get(AuthKeys.Kind, AuthKind.OAuth) is AuthKind.Bearer
            ? ReadBearer(fields)
            : ReadOAuth(fields);
    }

    private BearerDraft? ReadBearer(Fields fields)
    {
        foreach (var key in AuthKeys.OfOAuth.Where(fields.Has))
        {
            report.Add(fields.PlaceOf(key), AuthFaults.OnlyForOAuth(key.Name));
        }

        if (fields.Get(AuthKeys.Token, null) is { Value.Length: > 0 } token)
        {
            return new(token);
        }

        report.Add(fields.Place, AuthFaults.NoToken);
        return null;
    }

    private OAuthDraft ReadOAuth(Fields fields)
    {
        if (fields.Has(AuthKeys.Token))
        {
            report.Add(fields.PlaceOf(AuthKeys.Token), AuthFaults.TokenNeedsBearer);
        }

        var draft = new OAuthDraft(
            new OAuthAuth
            {
                Grant = fields.Get(AuthKeys.Grant, OAuthGrant.AuthorizationCode),
                Per = fields.Get(AuthKeys.Per, CredentialOwner.Server),
                RedirectPort = fields.Get(AuthKeys.RedirectPort, null)?.Value,
            },
            fields.Place
        )
        {
            ClientId = fields.Get(AuthKeys.ClientId, null),
            ClientSecret = fields.Get(AuthKeys.ClientSecret, null),
            PrivateKeyFile = fields.Get(AuthKeys.PrivateKeyFile, null),
            ClientMetadataUrl = fields.Get(AuthKeys.ClientMetadataUrl, null),
            Issuer = fields.Get(AuthKeys.Issuer, null),
            Scopes = fields.Get(AuthKeys.Scopes, []),
        };
        Judge(draft, fields);
        return draft;
    }

    private void Judge(OAuthDraft draft, Fields fields)
    {
        if (draft.ClientSecret is { } secret && draft.PrivateKeyFile is not null)
        {
            report.Add(secret.Place, KeyFaults.Exclusive("client_secret", "private_key_file"));
        }

        if (draft.ClientSecret is { } alone && draft.ClientId is null)
        {
            report.Add(alone.Place, AuthFaults.SecretAlone);
        }

        var isKnown = draft.ClientId is not null || draft.ClientMetadataUrl is not null;
        var canShow = draft.ClientSecret is not null || draft.PrivateKeyFile is not null;
        if (draft.Spec.Grant is OAuthGrant.ClientCredentials && !(isKnown && canShow))
        {
            report.Add(fields.PlaceOf(AuthKeys.Grant), AuthFaults.NobodyToBe);
        }
    }
}
