using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gantry.EndToEnd.Harness;
using ModelContextProtocol.Client;
using Xunit;

namespace Gantry.EndToEnd.Matrix;

/// <summary>
/// Every official client, in each of its eras, over each transport, at servers of either era: one
/// alone, both as one, and bridged.
/// </summary>
public sealed partial class MatrixTests : Scenario
{
    private const string Legacy = "legacy";
    private const string Modern = "modern";

    [GeneratedRegex("(WebSocket|SSE)ClientTransport")]
    private static partial Regex Transport { get; }

    [Fact(Timeout = 600_000)]
    public async Task Every_client_does_everything_over_every_transport_at_servers_of_either_era()
    {
        var record = Path.Combine(Home, "record");
        string[] legacy = ["conformance", "--record", record];
        string[] modern = ["conformance", "--modern-only"];
        Write(TestServer(Legacy, legacy) with { SessionIsolation = true, MaxInstances = 64 });
        Write(TestServer(Modern, modern));
        await UpAsync();
        string[] alone = ["--isolation", "session"];
        await using var older = await Bridge.StartAsync(alone, Marked(legacy), Token);
        await using var newer = await Bridge.StartAsync([], Marked(modern), Token);
        var grid = new Grid([
            ColumnOf(Legacy),
            ColumnOf(Modern),
            Joined(),
            new("legacy bridged", older.Address, [null], []),
            new("modern bridged", newer.Address, [null], []),
        ]);

        var outcomes = await VisitAsync(grid);

        var table = grid.Table(outcomes);
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        var empty = grid.Cells.Where(cell => !outcomes.ContainsKey(cell.Name));
        Assert.DoesNotContain(empty, cell => Grid.WhyEmpty(cell) is null);
        Assert.DoesNotContain(outcomes.Values, outcome => !outcome.IsOk);
        AssertLegacyOnly(record);
    }

    [Theory]
    [InlineData("@modelcontextprotocol/sdk/dist/esm", true)]
    [InlineData("@modelcontextprotocol/client/dist", false)]
    [InlineData("@modelcontextprotocol/inspector/clients/cli/build", false)]
    [InlineData("mcp-remote/dist", false)]
    public void A_package_has_WebSocket_where_the_matrix_says_so(string folder, bool isThere)
    {
        var transports = Directory
            .EnumerateFiles(
                Path.Combine(Places.Npm, "node_modules", folder),
                "*.*js",
                SearchOption.AllDirectories
            )
            .SelectMany(file => Transport.Matches(File.ReadAllText(file)))
            .Select(found => found.Value)
            .ToHashSet();

        Assert.Contains("SSEClientTransport", transports);
        Assert.Equal(isThere, transports.Contains("WebSocketClientTransport"));
    }

    [Fact]
    public void The_CSharp_package_has_no_WebSocket() =>
        Assert.DoesNotContain(
            typeof(HttpClientTransport).Assembly.GetTypes(),
            type => type.Name.Contains("WebSocket", StringComparison.Ordinal)
        );

    private string[] Marked(string[] switches) => ["--mark", $"{Mark}/bridged", .. switches];

    private Column ColumnOf(string server) =>
        new(server, Gantry.EndpointOf(server), [null], Stdio(server));

    private Column Joined() =>
        new("both as one", new(Gantry.Address, "/mcp"), [Legacy, Modern], Stdio());

    private ImmutableArray<string> Stdio(params string[] server) =>
        [Places.Gantry, "stdio", .. server, "--state-dir", Path.Combine(Home, "state")];

    // Two at a time: the processes of one client, and what runs here or is one process each.
    private async Task<Dictionary<string, Outcome>> VisitAsync(Grid grid)
    {
        var cells = grid.Cells.Where(cell => Grid.WhyEmpty(cell) is null).ToList();
        var outcomes = await Task.WhenAll(
            new TypeScriptVisits(Home).VisitAsync(cells.Where(TypeScriptVisits.Has), Token),
            VisitOneByOneAsync(cells)
        );
        return outcomes.SelectMany(some => some).ToDictionary(outcome => outcome.Cell);
    }

    private async Task<ImmutableArray<Outcome>> VisitOneByOneAsync(List<Cell> cells)
    {
        var here = await CSharpVisits.VisitAsync(cells.Where(CSharpVisits.Has), Token);
        var inspector = new InspectorVisits(Home);
        return [.. here, .. await inspector.VisitAsync(cells.Where(InspectorVisits.Has), Token)];
    }
}
