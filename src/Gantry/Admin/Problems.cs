using Gantry.Admin.Views;
using Gantry.Reconcile;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin;

/// <summary>Refusals, as the admin API words them.</summary>
internal static class Problems
{
    public static JsonHttpResult<Problem> Answer(Problem problem) =>
        TypedResults.Json(
            problem,
            AdminJson.Wire.Problem,
            "application/problem+json",
            problem.Status
        );

    /// <summary>404, with the names that exist and the one that was perhaps meant.</summary>
    public static JsonHttpResult<Problem> NoSuchServer(string name, BoardSnapshot board)
    {
        IReadOnlyList<string> names =
        [
            .. board.Config.Servers.Keys.Select(server => server.ToString()),
        ];
        var detail = $"There is no server '{name}'.{Hint.For(name, names)}";
        return Answer(new(StatusCodes.Status404NotFound, "No such server", detail, names));
    }

    public static JsonHttpResult<Problem> BadRequest(string detail) =>
        Answer(new(StatusCodes.Status400BadRequest, "Bad request", detail));
}
