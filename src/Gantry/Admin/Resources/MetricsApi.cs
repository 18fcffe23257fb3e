using Gantry.Telemetry;

namespace Gantry.Admin.Resources;

/// <summary>For Prometheus and whatever reads its text format.</summary>
internal static class MetricsApi
{
    public const string Path = "/metrics";

    // Made now: what is recorded before somebody collects is lost.
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var scrape = routes.ServiceProvider.GetRequiredService<Scrape>();
        routes.MapGet(Path, () => TypedResults.Text(scrape.Read(), PrometheusText.ContentType));
    }
}
