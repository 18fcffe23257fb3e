using System.Collections.Immutable;

namespace Gantry.Access;

/// <summary>What a client is told about how to come in: the WWW-Authenticate header.</summary>
internal static class Challenge
{
    public const string MetadataRoot = "/.well-known/oauth-protected-resource";

    private const string Realm = "realm=\"gantry\"";

    /// <param name="error">The code of RFC 6750; null when nothing was presented.</param>
    public static string Of(HttpContext context, Policy policy, Area area, string? error)
    {
        List<string> bearer = [];
        if (error is not null)
        {
            bearer.Add($"error=\"{error}\"");
        }

        if (policy.HasIssuers && area is Area.Servers)
        {
            bearer.Add($"resource_metadata=\"{MetadataOf(context, policy)}\"");
        }

        if (policy.Scopes is { Length: > 0 } scopes)
        {
            bearer.Add($"scope=\"{string.Join(' ', scopes)}\"");
        }

        var text = $"Bearer {string.Join(", ", [Realm, .. bearer])}";
        return area is Area.Administration && policy.HasUsers ? $"{text}, Basic {Realm}" : text;
    }

    private static string MetadataOf(HttpContext context, Policy policy) =>
        Doorstep.Of(context) is { Listener.Root: not null }
            ? $"{policy.PublicUrl.OfPort(context)}{MetadataRoot}"
            : $"{policy.PublicUrl.Of(context)}{MetadataRoot}{Resource(context.Request.Path)}";

    // Of the path only what names a server: the rest is how it is spoken with.
    private static string Resource(PathString path)
    {
        var parts = path.ToUriComponent().Split('/', 4, StringSplitOptions.RemoveEmptyEntries);
        return parts is ["mcp", var server, ..] ? $"/mcp/{server}" : "/mcp";
    }
}
