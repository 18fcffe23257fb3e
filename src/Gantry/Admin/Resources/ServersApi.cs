using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Reconcile;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

internal static class ServersApi
{
    public static void MapServers(this IEndpointRouteBuilder routes)
    {
        var servers = routes.MapGroup("/servers");
        servers.MapGet("/", All);
        servers.MapGet("/{name}", One);
        servers.MapPost("/{name}/start", Start);
        servers.MapPost("/{name}/stop", Stop);
        servers.MapPost("/{name}/restart", Restart);
    }

    private static Ok<IReadOnlyList<ServerView>> All(Board board, PublicAddress address) =>
        TypedResults.Ok<IReadOnlyList<ServerView>>([
            .. Viewing.Servers(board.Current, address.Url),
        ]);

    private static Results<Ok<ServerView>, JsonHttpResult<Problem>> One(
        string name,
        Board board,
        PublicAddress address
    ) =>
        Find(name, board, address) is { } view
            ? TypedResults.Ok(view)
            : Problems.NoSuchServer(name, board.Current);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Start(
        string name,
        Reconciler reconciler,
        Board board,
        PublicAddress address
    ) => Tell(name, reconciler.Start, board, address);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Stop(
        string name,
        Reconciler reconciler,
        Board board,
        PublicAddress address
    ) => Tell(name, reconciler.Stop, board, address);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Restart(
        string name,
        Reconciler reconciler,
        Board board,
        PublicAddress address
    ) => Tell(name, reconciler.Restart, board, address);

    // The view is of the moment before: the loop only now begins to act on the word.
    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Tell(
        string name,
        Func<ServerName, bool> word,
        Board board,
        PublicAddress address
    ) =>
        ServerName.TryParse(name, out var server)
        && word(server)
        && Find(name, board, address) is { } view
            ? TypedResults.Accepted($"{AdminApi.Root}/servers/{name}", view)
            : Problems.NoSuchServer(name, board.Current);

    private static ServerView? Find(string name, Board board, PublicAddress address) =>
        ServerName.TryParse(name, out var server)
            ? Viewing.Server(board.Current, server, address.Url)
            : null;
}
