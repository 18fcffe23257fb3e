using Microsoft.Extensions.Primitives;

namespace Gantry.Access;

/// <summary>Lets pages of listed origins use the gateway from a browser, and no others.</summary>
internal static class Cors
{
    private const string Exposed =
        "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After";

    private const string Methods = "GET, POST, DELETE, OPTIONS";

    private const string Usual =
        "Authorization, X-API-Key, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, "
        + "MCP-Protocol-Version, Mcp-Method, Mcp-Name";

    private const string ParameterPrefix = "mcp-param-";

    /// <summary>How many seconds a browser may remember what it was told.</summary>
    private const string MaxAge = "600";

    /// <summary>To be called before anything that answers.</summary>
    public static void UseCors(this IApplicationBuilder app, FrontDoor door) =>
        app.Use(next => Around(next, door));

    public static RequestDelegate Around(RequestDelegate next, FrontDoor door) =>
        context =>
            context.Request.Headers.Origin is [{ Length: > 0 } origin]
            && door.Hosts is var hosts
            && hosts.IsListed(origin)
                ? Serve(context, origin, hosts, next)
                : next(context);

    private static Task Serve(
        HttpContext context,
        string origin,
        HostRule hosts,
        RequestDelegate next
    )
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = StringValues.Concat(headers.Vary, "Origin");
        if (!IsPreflight(context.Request))
        {
            headers.AccessControlExposeHeaders = Exposed;
            return next(context);
        }

        if (!hosts.AllowsHost(context.Request.Headers.Host.ToString(), context.Connection))
        {
            headers.Remove("Access-Control-Allow-Origin");
            Refusal.OfHost.Apply(context.Response);
            return Task.CompletedTask;
        }

        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = Allowed(context.Request);
        headers.AccessControlMaxAge = MaxAge;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    // A preflight comes without credentials: browsers send none.
    private static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method)
        && request.Headers.AccessControlRequestMethod.Count > 0;

    // Which Mcp-Param-* headers there are depends on the tools.
    private static string Allowed(HttpRequest request)
    {
        var parameters = request
            .Headers.AccessControlRequestHeaders.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(name => name.StartsWith(ParameterPrefix, StringComparison.OrdinalIgnoreCase));
        return string.Join(", ", [Usual, .. parameters]);
    }
}
