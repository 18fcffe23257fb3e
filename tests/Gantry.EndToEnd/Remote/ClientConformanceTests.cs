using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Remote;

/// <summary>
/// The conformance suite against Gantry as a client: the suite's server is a <c>url:</c> server, and
/// a small client behind Gantry does what each scenario waits for.
/// </summary>
public sealed class ClientConformanceTests : Scenario
{
    [Theory(Timeout = 120_000)]
    [InlineData("2025-11-25", "initialize")]
    [InlineData("2025-11-25", "tools_call")]
    [InlineData("2025-11-25", "elicitation-sep1034-client-defaults")]
    [InlineData("2025-11-25", "sse-retry")]
    [InlineData("2026-07-28", "http-standard-headers")]
    [InlineData("2026-07-28", "http-custom-headers")]
    [InlineData("2026-07-28", "http-invalid-tool-headers")]
    [InlineData("2026-07-28", "json-schema-ref-no-deref")]
    public async Task A_scenario_passes_and_only_Gantry_spoke_to_the_suite(
        string revision,
        string scenario
    )
    {
        var tap = Path.Combine(Home, "tap");

        var suite = await RunSuiteAsync(revision, scenario, tap);

        Assert.True(suite.ExitCode == 0, suite.ToString());
        Assert.Contains("OVERALL: PASSED", suite.Error, StringComparison.Ordinal);
        var requests = (await File.ReadAllLinesAsync(tap, Token))
            .Select(line => JsonNode.Parse(line))
            .ToList();
        Assert.NotEmpty(requests);
        Assert.All(
            requests,
            request =>
                Assert.StartsWith(
                    "gantry/",
                    request?["agent"]?.GetValue<string>(),
                    StringComparison.Ordinal
                )
        );
    }

    private Task<Finished> RunSuiteAsync(string revision, string scenario, string tap) =>
        new Command(
            Places.Node,
            Places.InModules("@modelcontextprotocol/conformance/dist/index.js"),
            "client",
            "--command",
            $"{Places.Node} {Path.Combine(Places.Npm, "conformance-client.mjs")}",
            "--scenario",
            scenario,
            "--spec-version",
            revision,
            "-o",
            Path.Combine(Home, "results")
        )
        {
            Directory = Home,
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("GANTRY_EXE", Places.Gantry)
                .Add("TAP_FILE", tap),
        }.RunAsync(Token);
}
