using System.Collections.Frozen;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

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

    private const string GroupRoot = Root + "/g";

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

        return FindTarget(context.Request.Path.Value ?? "") is { } target
            ? HandleAsync(context, target)
            : RefuseUnknownAsync(context);
    }

    private Task HandleAsync(HttpContext context, Target target)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method))
        {
            return post.HandleAsync(context, target);
        }

        if (IsModern(context))
        {
            return RefuseMethodAsync(context, "POST");
        }

        if (HttpMethods.IsGet(method))
        {
            return stream.HandleAsync(context, target);
        }

        return HttpMethods.IsDelete(method)
            ? EndSessionAsync(context, target)
            : RefuseMethodAsync(context, "GET, POST, DELETE");
    }

    private Task EndSessionAsync(HttpContext context, Target target)
    {
        if (lookup.Find(context, target) is not { } session)
        {
            return SessionLookup.RefuseAsync(context, default);
        }

        lookup.End(session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    // Without sessions there is nothing to listen to and nothing to end.
    private static bool IsModern(HttpContext context) =>
        Dialect.Find(context.Request.Headers[HttpText.VersionHeader].ToString())
            is { HasSessions: false };

    private static Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status405MethodNotAllowed,
            RpcText.ServerError,
            "Method not allowed."
        );
    }

    private Task RefuseUnknownAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").AsSpan(Root.Length);
        var rest = path.StartsWith("/") ? path[1..].TrimEnd('/') : path;
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status404NotFound,
            RpcText.ServerError,
            UnknownServer.Explain(board.Current, rest)
        );
    }

    private Target? FindTarget(string path)
    {
        var paths = Volatile.Read(ref _paths);
        var config = board.Current.Config;
        if (!ReferenceEquals(paths.Config, config))
        {
            paths = Paths.Of(config);
            Volatile.Write(ref _paths, paths);
        }

        return
            paths.Targets.TryGetValue(path, out var target)
            || paths.Targets.TryGetValue(path.TrimEnd('/'), out target)
            ? target
            : null;
    }

    private sealed record Paths(ConfigSnapshot Config, FrozenDictionary<string, Target> Targets)
    {
        public static Paths Of(ConfigSnapshot config)
        {
            var targets = config.Servers.Keys.ToDictionary(
                name => $"{Root}/{name}",
                Target (name) => new Target.Server(name),
                StringComparer.Ordinal
            );
            targets[Root] = new Target.Several(null);
            foreach (var group in config.Groups.Keys)
            {
                targets[$"{GroupRoot}/{group}"] = new Target.Several(group.ToString());
            }

            return new(config, targets.ToFrozenDictionary(StringComparer.Ordinal));
        }
    }
}
