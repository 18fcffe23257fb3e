using System.Collections.Immutable;
using Gantry.Admin.Views;
using Gantry.Config;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

/// <summary>What is about to be done, and what would be done with other files.</summary>
internal static class PlanApi
{
    public static void MapPlan(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/plan", Pending);
        routes.MapPost("/plan", Foresee);
    }

    private static Ok<PlanView> Pending(Sight sight)
    {
        var current = sight.Board;
        var servers = current
            .Servers.Values.Where(server =>
                server.Plan.Steps.Length > 0 || server.Plan.Trouble is not null
            )
            .Select(server => Viewing.Of(server.Name, server.Plan, server.Plan.ToString()));
        return TypedResults.Ok(
            new PlanView([.. servers], [.. current.Config.Diagnostics.Select(Viewing.Of)])
        );
    }

    private static Results<Ok<PlanView>, JsonHttpResult<Problem>> Foresee(
        PlanRequest request,
        Sight sight,
        Preview preview
    )
    {
        if (!sight.Principal.Tenancy.IsEverything)
        {
            return Problems.Answer(
                new(
                    StatusCodes.Status403Forbidden,
                    "Not permitted",
                    "Only who sees every tenant's servers may ask about other files."
                )
            );
        }

        if (request.Paths is null or { Count: 0 })
        {
            return Problems.BadRequest("Name at least one file or directory in 'paths'.");
        }

        var inputs = new ConfigInputs([.. request.Paths])
        {
            EnvFiles = [.. request.EnvFiles],
            SecretsDirectories = [.. request.SecretsDirectories],
        };
        return TypedResults.Ok(preview.Make(inputs));
    }
}
