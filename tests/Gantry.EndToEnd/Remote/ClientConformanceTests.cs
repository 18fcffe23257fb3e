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
    private static readonly string[] s_legacy =
    [
        "initialize",
        "tools_call",
        "elicitation-sep1034-client-defaults",
        "sse-retry",
        "auth/metadata-default",
        "auth/metadata-var1",
        "auth/metadata-var2",
        "auth/metadata-var3",
        "auth/basic-cimd",
        "auth/scope-from-www-authenticate",
        "auth/scope-from-scopes-supported",
        "auth/scope-omitted-when-undefined",
        "auth/scope-step-up",
        "auth/scope-retry-limit",
        "auth/token-endpoint-auth-basic",
        "auth/token-endpoint-auth-post",
        "auth/token-endpoint-auth-none",
        "auth/pre-registration",
    ];

    private static readonly string[] s_modern =
    [
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
        "auth/scope-retry-limit",
        "auth/resource-mismatch",
        "auth/iss-supported-missing",
        "auth/iss-wrong-issuer",
        "auth/iss-unexpected",
        "auth/iss-normalized",
        "auth/metadata-issuer-mismatch",
        "tools_call",
        "request-metadata",
        "sep-2322-client-request-state",
        "auth/metadata-default",
        "auth/metadata-var1",
        "auth/metadata-var2",
        "auth/metadata-var3",
        "auth/basic-cimd",
        "auth/scope-from-www-authenticate",
        "auth/scope-from-scopes-supported",
        "auth/scope-omitted-when-undefined",
        "auth/scope-step-up",
        "auth/token-endpoint-auth-basic",
        "auth/token-endpoint-auth-post",
        "auth/token-endpoint-auth-none",
        "auth/pre-registration",
        "auth/offline-access-scope",
        "auth/offline-access-not-supported",
        "auth/authorization-server-migration",
        "auth/iss-supported",
        "auth/iss-not-advertised",
    ];

    /// <summary>Every scored scenario of both requirement sets.</summary>
    public static TheoryData<string, string> Scored =>
        [
            .. s_legacy.Select(scenario => ("2025-11-25", scenario)),
            .. s_modern.Select(scenario => ("2026-07-28", scenario)),
        ];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Scored))]
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
