using System.Text.RegularExpressions;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Clients;

/// <summary>
/// The conformance suite, both requirement sets, against Gantry in front of a server on pipes that
/// speaks the revisions of one era only.
/// </summary>
public sealed partial class ConformanceTests : Scenario
{
    private const string Legacy = "2025-11-25";
    private const string Modern = "2026-07-28";

    [GeneratedRegex("^✓ ([a-z0-9-]+): ", RegexOptions.Multiline)]
    private static partial Regex Passed { get; }

    [GeneratedRegex("^✗ .*$", RegexOptions.Multiline)]
    private static partial Regex Failed { get; }

    // What a legacy server asks its client, and logs for it, needs an instance of its own. One
    // that knows no sessions can be shared by all, but what it logs is nobody's in particular.
    [Theory(Timeout = 180_000)]
    [InlineData(Legacy, Legacy, true)]
    [InlineData(Modern, Legacy, true)]
    [InlineData(Legacy, Modern, true)]
    [InlineData(Modern, Modern, true)]
    [InlineData(Modern, Modern, false)]
    public async Task All_scored_scenarios_pass(string requirements, string server, bool isAlone)
    {
        var record = Path.Combine(Home, "record");
        string[] era = server == Modern ? ["--modern-only"] : [];
        Write(
            TestServer("fixture", ["conformance", "--record", record, .. era]) with
            {
                SessionIsolation = isAlone,
                MaxInstances = isAlone ? 64 : null,
            }
        );
        await UpAsync();

        var suite = await RunSuiteAsync("fixture", requirements);

        // The fixture has no tasks; the suite runs those scenarios without scoring them.
        var failed = Failed
            .Matches(suite.Output)
            .Select(line => line.Value)
            .Where(line => !line.StartsWith("✗ tasks-", StringComparison.Ordinal));
        Assert.True(!failed.Any(), $"{string.Join('\n', failed)}\n{suite.Output}");
        Assert.Equal(0, suite.ExitCode);
        Assert.True(Passed.Count(suite.Output) >= Scored(requirements), suite.Output);
        if (server == Legacy)
        {
            AssertLegacyOnly(record);
        }
    }

    private static int Scored(string requirements) => requirements == Legacy ? 30 : 37;

    private Task<Finished> RunSuiteAsync(string server, string requirements) =>
        new Command(
            Places.Node,
            Places.InModules("@modelcontextprotocol/conformance/dist/index.js"),
            "server",
            "--url",
            Gantry.EndpointOf(server).ToString(),
            "--requirements",
            requirements,
            "-o",
            Path.Combine(Home, "results")
        )
        {
            Directory = Home,
        }.RunAsync(Token);
}
