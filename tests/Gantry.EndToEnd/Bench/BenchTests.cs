using System.Collections.Immutable;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Bench;

/// <summary>
/// The bench still runs and every answer is right. What it measures in so short a time means
/// nothing, and is not looked at.
/// </summary>
public sealed class BenchTests
{
    [Fact(Timeout = 180_000)]
    public async Task The_bench_measures_everything_that_needs_no_installation()
    {
        var finished = await new Command(
            Places.Bench,
            "gateways",
            "--rounds",
            "1",
            "--seconds",
            "0.1",
            "--warm-up",
            "0.1",
            "--only",
            "gantry,kestrel,copy,gantry-http,gantry-many"
        )
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add(
                "GANTRY_EXE",
                Places.Gantry
            ),
        }.RunAsync(TestContext.Current.CancellationToken);

        var output = finished.Succeeded();
        Assert.All(
            ["echo", "paced echo", "modern client", "modern client and server", "1 MB"],
            trial => Assert.Matches($@"(?m)^\| {trial} \| gantry \| .* \| 0 \|$", output)
        );
        Assert.Matches(@"(?m)^\| HTTP server \| gantry-http \| .* \| 0 \|$", output);
        Assert.Matches(@"(?m)^\| list of 70 servers \| gantry-many \| .* \| 0 \|$", output);
        Assert.Contains("| bytes allocated for a call |", output, StringComparison.Ordinal);
    }
}
