using Gantry.Access;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;

namespace Gantry.Gateway.Http;

/// <summary>Everything under <c>/mcp</c>: who may come in, and where the path leads.</summary>
internal sealed class HttpFront(FrontDoor door, Board board, Peers peers, Switchboard switchboard)
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
        var entering = door.AdmitAsync(context, Area.Servers, Role.Caller);
        return entering.IsCompletedSuccessfully
            ? ServeAsync(context, entering.Result, address)
            : WaitAsync(context, entering, address);
    }

    private async Task WaitAsync(
        HttpContext context,
        ValueTask<Entry> entering,
        Address? address
    ) => await ServeAsync(context, await entering, address);

    private Task ServeAsync(HttpContext context, Entry entry, Address? address)
    {
        if (entry.Admission is not { } admission)
        {
            return entry.Refusal is { } refusal
                ? HttpText.RefuseAsync(context.Response, refusal)
                : Task.CompletedTask;
        }

        if (address is not { } found || !MaySee(admission.Principal, found.Target))
        {
            return RefuseUnknownAsync(context, admission.Principal);
        }

        // What another replica passed on was counted there.
        return admission.IsLimited && !peers.IsForwarded(context)
            ? ServeLimitedAsync(context, found, admission)
            : switchboard.HandleAsync(context, found);
    }

    // A stream that only listens is no request at a time, and what is sent to one counts there.
    private async Task ServeLimitedAsync(HttpContext context, Address address, Admission admission)
    {
        var counts =
            address.Transport is not Transport.Message
            && HttpMethods.IsPost(context.Request.Method);
        if ((admission.Take(1) ?? (counts ? admission.Enter() : null)) is { } excess)
        {
            await HttpText.RefuseAsync(context.Response, Refusal.Over(excess));
            return;
        }

        try
        {
            await switchboard.HandleAsync(context, address);
        }
        finally
        {
            if (counts)
            {
                admission.Leave();
            }
        }
    }

    private bool MaySee(Principal principal, Target target) =>
        principal.Tenancy.IsEverything
        || target is not Target.Server { Name: var server }
        || Visible.Sees(principal, server, board.Current);

    private Task RefuseUnknownAsync(HttpContext context, Principal principal)
    {
        var path = context.Request.Path;
        var rest = Covers(path) ? (path.Value ?? "").AsSpan(Root.Length) : default;
        rest = rest.StartsWith("/") ? rest[1..].TrimEnd('/') : rest;
        return HttpText.RefuseAsync(
            context.Response,
            StatusCodes.Status404NotFound,
            RpcText.ServerError,
            UnknownServer.Explain(Visible.To(principal, board.Current), rest)
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
