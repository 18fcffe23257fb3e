using System.Collections.Frozen;
using Gantry.Config;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Reconcile;

namespace Gantry.Gateway.Http;

/// <summary>Everything under <c>/mcp</c>: who may come in, which server, which verb.</summary>
internal sealed class HttpFront(
    HostRule hosts,
    Board board,
    PostEndpoint post,
    StreamEndpoint stream,
    SessionLookup lookup
)
{
    public const string Root = "/mcp";

    private Paths _paths = Paths.Of(ConfigSnapshot.Empty);

    public static bool Covers(PathString path) =>
        path.StartsWithSegments(Root, StringComparison.Ordinal);

    public Task HandleAsync(HttpContext context)
    {
        if (!hosts.Allows(context))
        {
            return HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status403Forbidden,
                RpcText.ServerError,
                "Forbidden: this Host or Origin is not one that Gantry serves."
            );
        }

        return FindServer(context.Request.Path.Value ?? "") is { } server
            ? HandleAsync(context, server)
            : RefuseUnknownAsync(context);
    }

    private Task HandleAsync(HttpContext context, ServerName server)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method))
        {
            return post.HandleAsync(context, server);
        }

        if (HttpMethods.IsGet(method))
        {
            return stream.HandleAsync(context, server);
        }

        return HttpMethods.IsDelete(method)
            ? EndSessionAsync(context, server)
            : RefuseMethodAsync(context);
    }

    private Task EndSessionAsync(HttpContext context, ServerName server)
    {
        if (lookup.Find(context, server) is not { } session)
        {
            return SessionLookup.RefuseAsync(context, default);
        }

        lookup.End(session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, POST, DELETE";
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status405MethodNotAllowed,
            RpcText.ServerError,
            "Method not allowed."
        );
    }

    private Task RefuseUnknownAsync(HttpContext context)
    {
        var rest = (context.Request.Path.Value ?? "").AsSpan(Root.Length).Trim('/');
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status404NotFound,
            RpcText.ServerError,
            UnknownServer.Explain(board.Current, rest)
        );
    }

    private ServerName? FindServer(string path)
    {
        var paths = Volatile.Read(ref _paths);
        var config = board.Current.Config;
        if (!ReferenceEquals(paths.Config, config))
        {
            paths = Paths.Of(config);
            Volatile.Write(ref _paths, paths);
        }

        return
            paths.Servers.TryGetValue(path, out var server)
            || paths.Servers.TryGetValue(path.TrimEnd('/'), out server)
            ? server
            : null;
    }

    private sealed record Paths(ConfigSnapshot Config, FrozenDictionary<string, ServerName> Servers)
    {
        public static Paths Of(ConfigSnapshot config) =>
            new(
                config,
                config.Servers.Keys.ToFrozenDictionary(
                    name => $"{Root}/{name}",
                    StringComparer.Ordinal
                )
            );
    }
}
