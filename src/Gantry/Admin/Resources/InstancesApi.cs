using Gantry.Admin.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

internal static class InstancesApi
{
    public static void MapInstances(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/instances", All);

    private static Ok<IReadOnlyList<InstanceView>> All(Sight sight) =>
        TypedResults.Ok<IReadOnlyList<InstanceView>>([
            .. sight.Board.Servers.Values.SelectMany(server => server.Instances).Select(Viewing.Of),
        ]);
}
