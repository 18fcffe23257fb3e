using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Reconcile;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

internal static class ConfigApi
{
    public static void MapConfig(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/config", Current);

    private static Ok<ConfigView> Current(Board board, ConfigInputs inputs)
    {
        var config = board.Current.Config;
        return TypedResults.Ok(
            new ConfigView(
                config.Revision,
                inputs.Paths,
                config.Servers.Count,
                [.. config.Diagnostics.Select(Viewing.Of)]
            )
        );
    }
}
