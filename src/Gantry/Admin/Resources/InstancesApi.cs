using Gantry.Admin.Views;
using Gantry.Reconcile;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

internal static class InstancesApi
{
    public static void MapInstances(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/instances", All);

    private static Ok<IReadOnlyList<InstanceView>> All(Board board) =>
        TypedResults.Ok<IReadOnlyList<InstanceView>>([
            .. board
                .Current.Servers.Values.SelectMany(server => server.Instances)
                .Select(Viewing.Of),
        ]);
}
