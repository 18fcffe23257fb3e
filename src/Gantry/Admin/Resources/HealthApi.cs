using Gantry.Access;
using Gantry.Admin.Views;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin.Resources;

/// <summary>For probes: no authentication, no Host check, nothing secret.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", Ready);
        routes.MapGet("/health/ready", Ready);
        routes.MapGet("/health/live", Live);
    }

    private static JsonHttpResult<HealthView> Live() => Answer("live", [], StatusCodes.Status200OK);

    // What is awaited names servers, which strangers need not know.
    private static JsonHttpResult<HealthView> Ready(Readiness readiness, FrontDoor door) =>
        readiness.Waiting() is { Count: > 0 } waiting
            ? Answer(
                "waiting",
                door.Policy.Asks ? [] : waiting,
                StatusCodes.Status503ServiceUnavailable
            )
            : Answer("ready", [], StatusCodes.Status200OK);

    private static JsonHttpResult<HealthView> Answer(
        string status,
        IReadOnlyList<string> waiting,
        int code
    ) => TypedResults.Json(new(status, [.. waiting]), AdminJson.Wire.HealthView, statusCode: code);
}
