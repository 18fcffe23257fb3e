using System.Text.Json.Serialization;

namespace Gantry.Access;

/// <summary>
/// Tells OAuth clients who makes tokens for the gateway (RFC 9728), for the whole and for each
/// server. Says the same whether a server exists or not.
/// </summary>
internal static class ResourceMetadata
{
    public static void MapResourceMetadata(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Challenge.MetadataRoot, Send);
        routes.MapGet($"{Challenge.MetadataRoot}/{{**resource}}", Send);
    }

    private static IResult Send(HttpContext context, FrontDoor door)
    {
        var policy = door.Policy;
        if (policy.Hosts.Refuse(context, Area.Servers) is { } refusal)
        {
            return TypedResults.StatusCode(refusal.Status);
        }

        return Of(Resource(context, policy), policy);
    }

    /// <summary>Answers on a port of one server, which is a resource of its own.</summary>
    /// <param name="isThere">Whether the port has such a path.</param>
    public static Task SendOfPortAsync(
        HttpContext context,
        FrontDoor door,
        Func<string, bool> isThere
    )
    {
        var policy = door.Policy;
        if (policy.Hosts.Refuse(context, Area.Servers) is { } refusal)
        {
            refusal.Apply(context.Response);
            return Task.CompletedTask;
        }

        var path = PathIn(context).TrimEnd('/');
        var resource = path.Length == 0 || isThere(path);
        return Of(resource ? policy.PublicUrl.OfPort(context) + path : null, policy)
            .ExecuteAsync(context);
    }

    private static IResult Of(string? resource, Policy policy) =>
        policy.HasIssuers && resource is not null
            ? TypedResults.Json(
                new MetadataView(
                    resource,
                    policy.Issuers,
                    policy.Scopes is { Length: > 0 } scopes ? scopes : null,
                    ["header"],
                    "Gantry"
                ),
                MetadataJson.Default.MetadataView
            )
            : TypedResults.NotFound();

    private static string PathIn(HttpContext context) =>
        context.Request.Path.ToUriComponent()[Challenge.MetadataRoot.Length..];

    // A proxy may pass the path on with the prefix that clients see, as RFC 9728 builds it.
    private static string? Resource(HttpContext context, Policy policy)
    {
        var path = PathIn(context);
        var prefix = policy.PublicUrl.Prefix;
        if (prefix.Length > 0 && path.StartsWith($"{prefix}/", StringComparison.Ordinal))
        {
            path = path[prefix.Length..];
        }

        path = path.TrimEnd('/');
        return path.Length == 0 || path == prefix ? policy.PublicUrl.Of(context)
            : path is "/mcp" || path.StartsWith("/mcp/", StringComparison.Ordinal)
                ? policy.PublicUrl.Of(context) + path
            : null;
    }
}

internal sealed record MetadataView(
    string Resource,
    IReadOnlyList<string> AuthorizationServers,
    IReadOnlyList<string>? ScopesSupported,
    IReadOnlyList<string> BearerMethodsSupported,
    string ResourceName
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(MetadataView))]
internal sealed partial class MetadataJson : JsonSerializerContext;
