using System.Collections.Frozen;
using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Everything under <c>/mcp</c>: who may come in, which server, which verb.</summary>
internal sealed class HttpFront(
    FrontDoor door,
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
        var entering = door.AdmitAsync(context, Area.Servers, Role.Caller);
        return entering.IsCompletedSuccessfully
            ? ServeAsync(context, entering.Result)
            : WaitAsync(context, entering);
    }

    private async Task WaitAsync(HttpContext context, ValueTask<Entry> entering) =>
        await ServeAsync(context, await entering);

    private Task ServeAsync(HttpContext context, Entry entry)
    {
        if (entry.Admission is not { } admission)
        {
            return entry.Refusal is { } refusal
                ? HttpText.RefuseAsync(context.Response, refusal)
                : Task.CompletedTask;
        }

        if (FindTarget(context.Request.Path.Value ?? "", admission.Principal) is not { } target)
        {
            return RefuseUnknownAsync(context, admission.Principal);
        }

        return admission.IsLimited
            ? ServeLimitedAsync(context, target, admission)
            : HandleAsync(context, target);
    }

    // A stream that only listens is no request at a time.
    private async Task ServeLimitedAsync(HttpContext context, Target target, Admission admission)
    {
        var counts = HttpMethods.IsPost(context.Request.Method);
        if ((admission.Take(1) ?? (counts ? admission.Enter() : null)) is { } excess)
        {
            await HttpText.RefuseAsync(context.Response, Refusal.Over(excess));
            return;
        }

        try
        {
            await HandleAsync(context, target);
        }
        finally
        {
            if (counts)
            {
                admission.Leave();
            }
        }
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

    private Task RefuseUnknownAsync(HttpContext context, Principal principal)
    {
        var rest = (context.Request.Path.Value ?? "").AsSpan(Root.Length).Trim('/');
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status404NotFound,
            RpcText.ServerError,
            UnknownServer.Explain(Visible.To(principal, board.Current), rest)
        );
    }

    private Target? FindTarget(string path, Principal principal)
    {
        var paths = Volatile.Read(ref _paths);
        var config = board.Current.Config;
        if (!ReferenceEquals(paths.Config, config))
        {
            paths = Paths.Of(config);
            Volatile.Write(ref _paths, paths);
        }

        return
            (
                paths.Places.TryGetValue(path, out var place)
                || paths.Places.TryGetValue(path.TrimEnd('/'), out place)
            ) && principal.Tenancy.Sees(place.Tenant)
            ? place.Target
            : null;
    }

    /// <param name="Tenant">Whose it is; null when it is everybody's.</param>
    private sealed record Named(Target Target, string? Tenant);

    private sealed record Paths(ConfigSnapshot Config, FrozenDictionary<string, Named> Places)
    {
        public static Paths Of(ConfigSnapshot config) =>
            new(
                config,
                config.Servers.Values.ToFrozenDictionary(
                    server => $"{Root}/{server.Name}",
                    server => new Named(new Target.Server(server.Name), server.Spec.Tenant),
                    StringComparer.Ordinal
                )
            );
    }
}
