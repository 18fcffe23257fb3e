using System.Collections.Immutable;
using Gantry.Config;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>Which scopes to ask for.</summary>
internal static class ScopeSet
{
    /// <summary>More are not asked for at a time.</summary>
    private const int MaxScopes = 200;

    private const string OfflineAccess = "offline_access";

    public static ImmutableArray<string> Parse(string? text) =>
        [
            .. (text ?? "")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(IsScope)
                .Distinct(StringComparer.Ordinal)
                .Take(MaxScopes),
        ];

    public static string Format(IEnumerable<string> scopes) => string.Join(' ', scopes);

    public static bool Covers(ImmutableArray<string> granted, ImmutableArray<string> asked) =>
        asked.All(granted.Contains);

    /// <summary>
    /// What the refusal demands; else what the server says it has; else nothing, which leaves it to
    /// the authorization server. What was asked for before and what is configured stays in, so that
    /// more rights for one call do not take away those of another.
    /// </summary>
    /// <param name="before">What was asked for before, or is known to be missing.</param>
    public static ImmutableArray<string> Choose(
        Challenge challenge,
        OAuthAuth auth,
        Discovered found,
        ImmutableArray<string> before
    )
    {
        var offered = auth.Scopes.IsEmpty ? found.ScopesSupported : auth.Scopes;
        var basic = challenge.Scopes.IsEmpty ? offered : challenge.Scopes;
        ImmutableArray<string> chosen =
        [
            .. basic.Union(auth.Scopes).Union(before).Where(scope => IsOffered(scope, found)),
        ];
        return WantsRefresh(chosen, auth, found) ? [.. chosen.Union([OfflineAccess])] : chosen;
    }

    /// <summary>OpenID Connect gives nothing for offline_access unless the user is asked.</summary>
    public static bool NeedsConsent(ImmutableArray<string> scopes) =>
        scopes.Contains(OfflineAccess);

    // Alone it would narrow a request that leaves the scopes to the server.
    private static bool WantsRefresh(
        ImmutableArray<string> chosen,
        OAuthAuth auth,
        Discovered found
    ) =>
        !chosen.IsEmpty
        && auth.Grant is OAuthGrant.AuthorizationCode
        && found.Server.ScopesSupported.Contains(OfflineAccess);

    // A server may demand it by mistake; only the authorization server knows whether it has it.
    private static bool IsOffered(string scope, Discovered found) =>
        scope is not OfflineAccess
        || found.Server.ScopesSupported.IsEmpty
        || found.Server.ScopesSupported.Contains(scope);

    // RFC 6749, 3.3.
    private static bool IsScope(string text) =>
        text.All(character => character is > ' ' and <= '~' and not '"' and not '\\');
}
