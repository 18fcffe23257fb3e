using System.Text.Json;
using Gantry.Admin.Resources;
using Gantry.Admin.Views;
using Gantry.Telemetry;
using Gantry.Tracing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gantry.Admin;

/// <summary>The admin API, <c>/api/v1</c>: what the command line and any dashboard use.</summary>
internal static class AdminApi
{
    public const string Root = "/api/v1";

    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<TraceFeed>();
        services.AddSingleton<Scrape>();
        services.ConfigureHttpJsonOptions(json => Configure(json.SerializerOptions));
    }

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(Root);
        api.MapServers();
        api.MapInstances();
        api.MapPlan();
        api.MapEvents();
        api.MapLogs();
        api.MapTrace();
        api.MapConfig();
        api.MapLogins();
        api.MapKeys();
        api.MapFallback("{**path}", NoSuchPath);
    }

    /// <summary>Whether it takes somebody who may look.</summary>
    public static bool IsGuarded(PathString path) =>
        path.StartsWithSegments(Root) || path.StartsWithSegments(MetricsApi.Path);

    // A resolver brings the shapes along, but not how they are to be worded.
    private static void Configure(JsonSerializerOptions options)
    {
        var ours = AdminJson.Wire;
        options.TypeInfoResolverChain.Insert(0, ours);
        options.DefaultIgnoreCondition = ours.Options.DefaultIgnoreCondition;
        options.Encoder = ours.Options.Encoder;
    }

    private static JsonHttpResult<Problem> NoSuchPath(HttpContext context) =>
        Problems.Answer(
            new(
                StatusCodes.Status404NotFound,
                "Not found",
                $"There is no {context.Request.Path}. See /servers, /instances, /plan, /events, "
                    + $"/logs, /logins, /keys and /config under {Root}."
            )
        );
}
