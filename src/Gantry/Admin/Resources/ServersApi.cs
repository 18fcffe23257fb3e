using Gantry.Access;
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
        var words = servers.MapGroup("/{name}").Needs(Role.Operator);
        words.MapPost("/start", Start);
        words.MapPost("/stop", Stop);
        words.MapPost("/restart", Restart);
    }

    private static readonly JsonHttpResult<Problem> s_notTheirs = Problems.Answer(
        new(
            StatusCodes.Status403Forbidden,
            "Not permitted",
            "This server is everybody's: only who sees every tenant's servers may change it."
        )
    );

    private static Ok<IReadOnlyList<ServerView>> All(Sight sight, PublicAddress address) =>
        TypedResults.Ok<IReadOnlyList<ServerView>>([
            .. Viewing.Servers(sight.Board, address.For(sight.Board.Config.Gateway)),
        ]);

    private static Results<Ok<ServerView>, JsonHttpResult<Problem>> One(
        string name,
        Sight sight,
        PublicAddress address
    ) =>
        Find(name, sight, address) is { } view
            ? TypedResults.Ok(view)
            : Problems.NoSuchServer(name, sight.Board);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Start(
        string name,
        Reconciler reconciler,
        Sight sight,
        PublicAddress address
    ) => Tell(name, reconciler.Start, sight, address);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Stop(
        string name,
        Reconciler reconciler,
        Sight sight,
        PublicAddress address
    ) => Tell(name, reconciler.Stop, sight, address);

    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Restart(
        string name,
        Reconciler reconciler,
        Sight sight,
        PublicAddress address
    ) => Tell(name, reconciler.Restart, sight, address);

    // The view is of the moment before: the loop only now begins to act on the word.
    private static Results<Accepted<ServerView>, JsonHttpResult<Problem>> Tell(
        string name,
        Func<ServerName, bool> word,
        Sight sight,
        PublicAddress address
    ) =>
        Find(name, sight, address) is not { } view || !ServerName.TryParse(name, out var server)
            ? Problems.NoSuchServer(name, sight.Board)
        : !sight.Owns(server) ? s_notTheirs
        : word(server) ? TypedResults.Accepted($"{AdminApi.Root}/servers/{name}", view)
        : Problems.NoSuchServer(name, sight.Board);

    private static ServerView? Find(string name, Sight sight, PublicAddress address) =>
        ServerName.TryParse(name, out var server) && sight.Board is var board
            ? Viewing.Server(board, server, address.For(board.Config.Gateway))
            : null;
}
