using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Variables;

/// <summary>Fills in an <c>auth</c> block, and judges what came of it.</summary>
/// <param name="directory">Where the names of files begin.</param>
internal sealed class AuthResolver(Expander expander, Report report, string directory)
{
    /// <summary>Null when something is wrong with it, which is reported.</summary>
    public AuthSpec? Resolve(AuthDraft draft) =>
        draft switch
        {
            BearerDraft bearer => Secret("token", bearer.Token) is { } token
                ? new BearerAuth(token)
                : null,
            OAuthDraft oauth => Resolve(oauth),
            _ => throw new UnreachableException(),
        };

    private OAuthAuth Resolve(OAuthDraft draft) =>
        draft.Spec with
        {
            ClientId = Secret("client_id", draft.ClientId),
            ClientSecret = Secret("client_secret", draft.ClientSecret),
            PrivateKeyFile =
                draft.PrivateKeyFile is { } file && expander.Expand(file) is { } path
                    ? Path.GetFullPath(path.Value, directory)
                    : null,
            ClientMetadataUrl = Address("client_metadata_url", draft.ClientMetadataUrl),
            Issuer = Address("issuer", draft.Issuer),
            Scopes =
            [
                .. draft
                    .Scopes.Select(scope => expander.Expand(scope))
                    .OfType<Expandable>()
                    .Select(scope => scope.Value),
            ],
        };

    private Expandable? Secret(string key, Placed<string>? written)
    {
        if (written is not { } text || expander.Expand(text) is not { } value)
        {
            return null;
        }

        if (value.Value.Length > 0 && value.Value.All(character => character is >= ' ' and <= '~'))
        {
            return value;
        }

        report.Add(text.Place, AuthFaults.BadSecret(key));
        return null;
    }

    private string? Address(string key, Placed<string>? written)
    {
        if (written is not { } text || expander.Expand(text) is not { } value)
        {
            return null;
        }

        if (Uri.TryCreate(value.Value, UriKind.Absolute, out var uri) && IsSafe(uri))
        {
            return value.Value;
        }

        report.Add(text.Place, AuthFaults.BadAddress(key, value.Written));
        return null;
    }

    private static bool IsSafe(Uri uri) =>
        (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.UserInfo.Length == 0
        && uri.Fragment.Length == 0;
}
