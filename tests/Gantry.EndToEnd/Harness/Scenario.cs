using System.Collections.Immutable;
using System.Globalization;
using Xunit;

namespace Gantry.EndToEnd.Harness;

/// <summary>
/// One scenario: a directory of its own, a folder of configuration, at most one daemon, and a mark
/// by which everything that it started can be found.
/// </summary>
public abstract class Scenario : IAsyncLifetime
{
    private static int s_count;
    private GantryDaemon? _gantry;

    private protected Scenario()
    {
        var number = Interlocked.Increment(ref s_count);
        // All of one length, so that no mark is the beginning of another.
        Mark = $"gantry-scenario-{Environment.ProcessId}-{number:D4}";
        Home = Path.Combine(Path.GetTempPath(), Mark);
        Config = Path.Combine(Home, "config");
        Directory.CreateDirectory(Config);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>More and longer rounds: <c>./test --long</c>.</summary>
    private protected static bool IsLong =>
        Environment.GetEnvironmentVariable("GANTRY_LONG") == "1";

    private protected string Mark { get; }

    private protected string Home { get; }

    private protected string Config { get; }

    private protected GantryDaemon Gantry =>
        _gantry ?? throw new InvalidOperationException("The daemon is not up.");

    /// <summary>Where grandchildren write their numbers.</summary>
    private protected string PidFile => Path.Combine(Home, "grandchildren");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_gantry is not null)
        {
            await _gantry.DisposeAsync();
        }

        await EndStraysAsync();
        if (TestContext.Current.TestState?.Result is TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"Left for inspection: {Home}\n{_gantry?.Output}"
            );
        }
        else
        {
            Directory.Delete(Home, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    private protected async Task UpAsync(params string[] switches) =>
        _gantry = await GantryDaemon.UpAsync(Home, Mark, [Config, .. switches], Token);

    /// <summary>The test server, easy to find, with switches.</summary>
    private protected ServerFile TestServer(string name, params string[] switches) =>
        new(name, Places.TestServer, ["--mark", $"{Mark}/{name}", .. switches])
        {
            Environment = ImmutableDictionary<string, string>
                .Empty.Add("SCENARIO", Mark)
                .Add("DOTNET_EnableDiagnostics", "0"),
        };

    private protected string Write(ServerFile server)
    {
        var file = Path.Combine(Config, $"{server.Name}.json");
        var draft = Path.Combine(Home, "draft");
        File.WriteAllText(draft, server.ToJson());
        File.Move(draft, file, overwrite: true);
        return file;
    }

    private protected void Remove(string name) => File.Delete(Path.Combine(Config, $"{name}.json"));

    /// <summary>What this scenario started and still runs, the daemon and its keeper apart.</summary>
    private protected IReadOnlyList<ProcessRow> Strays() =>
        [
            .. ProcessTable
                .Marked(Mark)
                .Concat(Grandchildren())
                .DistinctBy(row => row.Id)
                .Where(row => !IsOwn(row)),
        ];

    /// <summary>What test servers with <c>--record</c> have written down so far.</summary>
    private protected static IReadOnlyList<string> Recorded(string record) =>
        [
            .. Directory
                .EnumerateFiles(
                    Path.GetDirectoryName(record) ?? "",
                    $"{Path.GetFileName(record)}.*"
                )
                .SelectMany(ReadShared),
        ];

    /// <summary>Holds what test servers with <c>--record</c> were told to the era of sessions.</summary>
    private protected static void AssertLegacyOnly(string record)
    {
        var lines = Recorded(record).Where(line => line.StartsWith('>')).ToList();
        Assert.Contains(lines, line => line.Contains("\"initialize\"", StringComparison.Ordinal));
        string[] modern =
        [
            "2026-",
            "io.modelcontextprotocol/protocolVersion",
            "io.modelcontextprotocol/client",
            "io.modelcontextprotocol/logLevel",
            "io.modelcontextprotocol/subscriptionId",
            "server/discover",
            "subscriptions/listen",
            "inputResponses",
            "requestState",
        ];
        foreach (var word in modern)
        {
            Assert.DoesNotContain(lines, line => line.Contains(word, StringComparison.Ordinal));
        }
    }

    private static string[] ReadShared(string file)
    {
        using var stream = new FileStream(
            file,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private protected Task NothingIsLeftAsync() =>
        Eventually.TrueAsync(
            $"nothing is left of it (but there is {string.Join(", ", Strays())})",
            () => Strays().Count == 0,
            Token
        );

    private protected Task RunsAsync(string name) =>
        Eventually.TrueAsync($"{name} runs", () => ProcessesOf(name).Count > 0, Token);

    /// <summary>
    /// Waits until the server answers. A call that meets the very moment of a crash is refused.
    /// </summary>
    private protected Task ServesAsync(string name) =>
        Eventually.TrueAsync(
            $"{name} answers",
            async () => !(await Gantry.CallAsync(name, "pid", "{}", Token)).IsRefused,
            Token
        );

    private protected IReadOnlyList<ProcessRow> ProcessesOf(string name) =>
        [
            .. Strays()
                .Where(row =>
                    row.CommandLine.Split(' ').Contains($"{Mark}/{name}")
                    && row.CommandLine.StartsWith(Places.TestServer, StringComparison.Ordinal)
                ),
        ];

    // A scenario that failed must not disturb the next one.
    private Task EndStraysAsync() =>
        Eventually.TrueAsync(
            "all that the scenario left behind has ended",
            () =>
            {
                var strays = Strays();
                foreach (var stray in strays)
                {
                    Signals.Kill(stray.Id);
                }

                return strays.Count == 0;
            },
            CancellationToken.None
        );

    // Once the daemon is gone, its keeper is a stray like any other.
    private bool IsOwn(ProcessRow row) =>
        _gantry is { HasEnded: false }
        && row.CommandLine.StartsWith(Places.Gantry, StringComparison.Ordinal);

    // They may have cleared their environment; only their numbers are known.
    private IEnumerable<ProcessRow> Grandchildren() =>
        File.Exists(PidFile)
            ? File.ReadAllLines(PidFile)
                .Where(line => int.TryParse(line, out _))
                .Select(line => ProcessTable.Read(int.Parse(line, CultureInfo.InvariantCulture)))
                .OfType<ProcessRow>()
                .Where(row => !row.IsZombie && row.CommandLine.Contains("sleep"))
            : [];
}
