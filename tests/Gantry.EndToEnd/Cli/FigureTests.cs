using System.Diagnostics;
using System.Globalization;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Cli;

/// <summary>
/// Sizes that must work, and the figures they give. Times are reported and not judged: that takes a
/// machine without other work.
/// </summary>
public sealed class FigureTests : Scenario
{
    private const StringComparison Ordinal = StringComparison.Ordinal;
    private const int Servers = 1_000;

    [Fact(Timeout = 180_000)]
    public async Task A_thousand_servers_are_validated_and_planned()
    {
        WriteMany();

        Assert.Contains("1000 servers", await MeasureAsync("validate", Config), Ordinal);
        Assert.Contains("server-1000: start", await MeasureAsync("plan", Config), Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task Among_a_thousand_servers_one_edited_file_touches_one()
    {
        WriteMany();
        await UpAsync();
        var first = await Gantry.PidOfAsync(Name(1), Token);
        var second = await Gantry.PidOfAsync(Name(2), Token);

        Write(TestServer(Name(2), "--slow-handshake", "1") with { OnDemand = true });

        await Eventually.TrueAsync(
            "the edited server runs anew",
            async () => await Gantry.PidOfAsync(Name(2), Token) != second,
            Token
        );
        Assert.Equal(first, await Gantry.PidOfAsync(Name(1), Token));
        Assert.Equal(2, Strays().Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task Gantry_idles_within_its_memory()
    {
        foreach (var name in new[] { "one", "two", "three" })
        {
            Write(TestServer(name) with { OnDemand = true });
        }

        var start = Stopwatch.GetTimestamp();
        await UpAsync();
        var took = Stopwatch.GetElapsedTime(start);
        var own = ProcessTable.Descendants(Gantry.ProcessId).Select(row => row.Id);
        var memory = own.Append(Gantry.ProcessId).Sum(ProcessTable.MemoryOf) / 1024;

        Report($"ready after {took.TotalMilliseconds:F0} ms, {memory} MiB");
        Assert.InRange(memory, 1, 80);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_status_of_an_idle_server_names_it()
    {
        Write(TestServer("alpha") with { OnDemand = true });
        await UpAsync();

        var status = await Gantry.RunAsync(Token, "status");

        Report($"status took {status.Took.TotalMilliseconds:F0} ms");
        Assert.Contains("alpha", status.Output, Ordinal);
    }

    private void WriteMany()
    {
        for (var number = 1; number <= Servers; number++)
        {
            Write(TestServer(Name(number)) with { OnDemand = true });
        }
    }

    private static string Name(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"server-{number:D4}");

    private static async Task<string> MeasureAsync(params string[] arguments)
    {
        var finished = await new Command(Places.Gantry, [.. arguments]).RunAsync(Token);
        finished.Succeeded();
        Report($"{arguments[0]} took {finished.Took.TotalMilliseconds:F0} ms");
        return finished.Output;
    }

    private static void Report(string line) =>
        TestContext.Current.TestOutputHelper?.WriteLine(line);
}
