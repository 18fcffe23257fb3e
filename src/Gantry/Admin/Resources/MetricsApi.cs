using System.Text.RegularExpressions;
using Gantry.Config;
using Gantry.Telemetry;

namespace Gantry.Admin.Resources;

/// <summary>For Prometheus and whatever reads its text format.</summary>
internal static partial class MetricsApi
{
    public const string Path = "/metrics";

    // Made now: what is recorded before somebody collects is lost.
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var scrape = routes.ServiceProvider.GetRequiredService<Scrape>();
        routes.MapGet(
            Path,
            (Sight sight) =>
                TypedResults.Text(Filter(scrape.Read(), sight), PrometheusText.ContentType)
        );
    }

    // What is not of one server is of all, and that is for those who see all.
    private static string Filter(string text, Sight sight) =>
        sight.Principal.Tenancy.IsEverything
            ? text
            : string.Concat(
                text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Where(line =>
                        line[0] is '#'
                        || (
                            ServerName.TryParse(
                                Server.Match(line).Groups["name"].Value,
                                out var server
                            ) && sight.Owns(server)
                        )
                    )
                    .Select(line => $"{line}\n")
            );

    [GeneratedRegex("[{,]server=\"(?<name>[^\"]*)\"")]
    private static partial Regex Server { get; }
}
