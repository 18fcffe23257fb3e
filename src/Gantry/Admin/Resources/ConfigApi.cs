using Gantry.Admin.Views;
using Gantry.Config;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

internal static class ConfigApi
{
    public static void MapConfig(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/config", Current);

    private static Ok<ConfigView> Current(Sight sight, ConfigInputs inputs)
    {
        var config = sight.Board.Config;
        return TypedResults.Ok(
            new ConfigView(
                config.Revision,
                sight.Principal.Tenancy.IsEverything ? inputs.Paths : [],
                config.Servers.Count,
                [.. config.Diagnostics.Select(Viewing.Of)]
            )
        );
    }
}
