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
    [InlineData("2025-11-25", "auth/metadata-default")]
    [InlineData("2025-11-25", "auth/metadata-var1")]
    [InlineData("2025-11-25", "auth/metadata-var2")]
    [InlineData("2025-11-25", "auth/metadata-var3")]
    [InlineData("2025-11-25", "auth/basic-cimd")]
    [InlineData("2025-11-25", "auth/scope-from-www-authenticate")]
    [InlineData("2025-11-25", "auth/scope-from-scopes-supported")]
    [InlineData("2025-11-25", "auth/scope-omitted-when-undefined")]
    [InlineData("2025-11-25", "auth/scope-step-up")]
    [InlineData("2025-11-25", "auth/scope-retry-limit")]
    [InlineData("2025-11-25", "auth/token-endpoint-auth-basic")]
    [InlineData("2025-11-25", "auth/token-endpoint-auth-post")]
    [InlineData("2025-11-25", "auth/token-endpoint-auth-none")]
    [InlineData("2025-11-25", "auth/pre-registration")]
    [InlineData("2026-07-28", "auth/scope-retry-limit")]
    [InlineData("2026-07-28", "auth/resource-mismatch")]
    [InlineData("2026-07-28", "auth/iss-supported-missing")]
    [InlineData("2026-07-28", "auth/iss-wrong-issuer")]
    [InlineData("2026-07-28", "auth/iss-unexpected")]
    [InlineData("2026-07-28", "auth/iss-normalized")]
    [InlineData("2026-07-28", "auth/metadata-issuer-mismatch")]
    [InlineData("2026-07-28", "tools_call")]
    [InlineData("2026-07-28", "request-metadata")]
    [InlineData("2026-07-28", "sep-2322-client-request-state")]
    [InlineData("2026-07-28", "auth/metadata-default")]
    [InlineData("2026-07-28", "auth/metadata-var1")]
    [InlineData("2026-07-28", "auth/metadata-var2")]
    [InlineData("2026-07-28", "auth/metadata-var3")]
    [InlineData("2026-07-28", "auth/basic-cimd")]
    [InlineData("2026-07-28", "auth/scope-from-www-authenticate")]
    [InlineData("2026-07-28", "auth/scope-from-scopes-supported")]
    [InlineData("2026-07-28", "auth/scope-omitted-when-undefined")]
    [InlineData("2026-07-28", "auth/scope-step-up")]
    [InlineData("2026-07-28", "auth/token-endpoint-auth-basic")]
    [InlineData("2026-07-28", "auth/token-endpoint-auth-post")]
    [InlineData("2026-07-28", "auth/token-endpoint-auth-none")]
    [InlineData("2026-07-28", "auth/pre-registration")]
    [InlineData("2026-07-28", "auth/offline-access-scope")]
    [InlineData("2026-07-28", "auth/offline-access-not-supported")]
    [InlineData("2026-07-28", "auth/authorization-server-migration")]
    [InlineData("2026-07-28", "auth/iss-supported")]
    [InlineData("2026-07-28", "auth/iss-not-advertised")]
    public async Task A_scenario_passes_and_only_Gantry_spoke_to_the_suite(
        string revision,
        string scenario
    )
    {
        var tap = Path.Combine(Home, "tap");

        var suite = await RunSuiteAsync("conformance-client.mjs", revision, scenario, tap);

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

    [Fact(Timeout = 120_000)]
    public async Task A_person_logs_in_by_hand_with_a_daemon_and_without()
    {
        var suite = await RunSuiteAsync(
            "login-client.mjs",
            "2025-11-25",
            "auth/metadata-default",
            Path.Combine(Home, "tap")
        );

        Assert.True(suite.ExitCode == 0, suite.ToString());
    }

    private Task<Finished> RunSuiteAsync(
        string client,
        string revision,
        string scenario,
        string tap
    ) =>
        new Command(
            Places.Node,
            Places.InModules("@modelcontextprotocol/conformance/dist/index.js"),
            "client",
            "--command",
            $"{Places.Node} {Path.Combine(Places.Npm, client)}",
            "--scenario",
            scenario,
            "--spec-version",
            revision,
            "--timeout",
            "100000",
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
