using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Everything under <c>/mcp</c>: who may come in, and where the path leads.</summary>
internal sealed class HttpFront(HostRule hosts, Board board, Switchboard switchboard)
{
    public const string Root = "/mcp";

    private Paths _paths = Paths.Empty;

    public static bool Covers(PathString path) =>
        path.StartsWithSegments(Root, StringComparison.Ordinal);

    public Task HandleAsync(HttpContext context) =>
        HandleAsync(context, Find(context.Request.Path.Value ?? ""));

    /// <summary>Serves a request whose way in is known; every way in ends here.</summary>
    /// <param name="address">Null when there is none.</param>
    public Task HandleAsync(HttpContext context, Address? address)
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

        return address is { } found
            ? switchboard.HandleAsync(context, found)
            : RefuseUnknownAsync(context);
    }

    private Task RefuseUnknownAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var rest = Covers(path) ? (path.Value ?? "").AsSpan(Root.Length).Trim('/') : default;
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status404NotFound,
            RpcText.ServerError,
            UnknownServer.Explain(board.Current, rest)
        );
    }

    private Address? Find(string path)
    {
        var paths = Volatile.Read(ref _paths);
        var config = board.Current.Config;
        if (!ReferenceEquals(paths.Config, config))
        {
            paths = Paths.Of(config);
            Volatile.Write(ref _paths, paths);
        }

        return paths.Find(path);
    }
}
