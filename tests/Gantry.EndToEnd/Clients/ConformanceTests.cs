using System.Text.RegularExpressions;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>
/// The conformance suite against Gantry in front of a server on pipes that speaks legacy
/// revisions only.
/// </summary>
public sealed partial class ConformanceTests : Scenario
{
    private const string Requirements = "2025-11-25";
    private const int Scored = 30;
    private const int NotScored = 3;

    [GeneratedRegex("^✓ ([a-z0-9-]+): ", RegexOptions.Multiline)]
    private static partial Regex Passed { get; }

    [GeneratedRegex("^✗ .*$", RegexOptions.Multiline)]
    private static partial Regex Failed { get; }

    [Fact(Timeout = 180_000)]
    public async Task All_scenarios_of_the_last_legacy_revision_pass()
    {
        var record = Path.Combine(Home, "record");
        Write(
            TestServer("fixture", "conformance", "--record", record) with
            {
                SessionIsolation = true,
                MaxInstances = 64,
            }
        );
        await UpAsync();

        var suite = await RunSuiteAsync("fixture");

        var failed = string.Join('\n', Failed.Matches(suite.Output).Select(line => line.Value));
        Assert.True(failed.Length == 0, $"{failed}\n{suite.Output}");
        Assert.Equal(Scored + NotScored, Passed.Count(suite.Output));
        Assert.Equal(0, suite.ExitCode);
        AssertLegacyOnly(record);
    }

    private Task<Finished> RunSuiteAsync(string server) =>
        new Command(
            Places.Node,
            Places.InModules("@modelcontextprotocol/conformance/dist/index.js"),
            "server",
            "--url",
            Gantry.EndpointOf(server).ToString(),
            "--requirements",
            Requirements,
            "-o",
            Path.Combine(Home, "results")
        )
        {
            Directory = Home,
        }.RunAsync(Token);

    private static void AssertLegacyOnly(string record)
    {
        var lines = Recorded(record).Where(line => line.StartsWith('>')).ToList();
        Assert.Contains(lines, line => line.Contains("\"initialize\"", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("2026-", StringComparison.Ordinal));
        Assert.DoesNotContain(
            lines,
            line => line.Contains("io.modelcontextprotocol/", StringComparison.Ordinal)
        );
    }
}
