using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Gantry.Runtimes.Remote.Authorization;

/// <summary>What a refusal says about how to get in: the <c>Bearer</c> part of
/// <c>WWW-Authenticate</c> (RFC 6750, RFC 9728).</summary>
internal sealed partial record Challenge(
    string? Error,
    ImmutableArray<string> Scopes,
    string? ResourceMetadata
)
{
    /// <summary>Longer headers are not looked at.</summary>
    private const int MaxLength = 8_192;

    private const string InsufficientScope = "insufficient_scope";

    public static Challenge None { get; } = new(null, [], null);

    public bool WantsMoreScopes => Error is InsufficientScope;

    public static Challenge Of(HttpResponseMessage refused) =>
        refused.Headers.WwwAuthenticate.FirstOrDefault(IsBearer)?.Parameter is { } parameters
        && parameters.Length <= MaxLength
            ? Parse(parameters)
            : None;

    private static bool IsBearer(AuthenticationHeaderValue header) =>
        header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        """(?<name>[A-Za-z0-9_-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s,"]+))""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Parameter { get; }

    private static Challenge Parse(string parameters)
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Parameter.Matches(parameters))
        {
            found.TryAdd(match.Groups["name"].Value, ValueOf(match));
        }

        return new(
            found.GetValueOrDefault("error"),
            ScopeSet.Parse(found.GetValueOrDefault("scope")),
            found.GetValueOrDefault("resource_metadata")
        );
    }

    // A backslash only says that what follows it is meant as it is.
    private static string ValueOf(Match match) =>
        match.Groups["plain"] is { Success: true } plain
            ? plain.Value
            : Escaped.Replace(match.Groups["quoted"].Value, "$1");

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant)]
    private static partial Regex Escaped { get; }
}
