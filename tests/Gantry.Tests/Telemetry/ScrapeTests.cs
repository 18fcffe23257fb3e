using Gantry.Reconcile;
using Xunit;

namespace Gantry.Telemetry;

// A scrape hears every meter of the process by that name. When the last of a kind goes, wherever
// that is, the counts of all of them go with it: so nobody else may have any meanwhile.
[Collection(nameof(ScrapeTests))]
[CollectionDefinition(nameof(ScrapeTests), DisableParallelization = true)]
public sealed class ScrapeTests
{
    [Fact]
    public void Calls_are_counted_by_server_method_tool_and_outcome()
    {
        using var scrape = new Scrape();
        using var meter = new GatewayMeter(new Board());

        Call(meter, "scrape-a", milliseconds: 2);
        Call(meter, "scrape-a", milliseconds: 20);

        var text = scrape.Read();
        const string labels =
            "method=\"tools/call\",outcome=\"ok\",server=\"scrape-a\",tool=\"ec\\\"ho\"";
        Assert.Contains("# TYPE gantry_call_duration_seconds histogram\n", text);
        Assert.Contains($"gantry_call_duration_seconds_count{{{labels}}} 2\n", text);
        Assert.Contains($"gantry_call_duration_seconds_bucket{{{labels},le=\"0.001\"}} 0\n", text);
        Assert.Contains($"gantry_call_duration_seconds_bucket{{{labels},le=\"0.0025\"}} 1\n", text);
        Assert.Contains($"gantry_call_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2\n", text);
    }

    [Fact]
    public void What_was_counted_stays_counted()
    {
        using var scrape = new Scrape();
        using var meter = new GatewayMeter(new Board());

        Call(meter, "scrape-b", milliseconds: 2);
        scrape.Read();
        Call(meter, "scrape-b", milliseconds: 2);

        Assert.Matches("count\\{[^\n]*server=\"scrape-b\"[^\n]*} 2\n", scrape.Read());
    }

    [Fact]
    public void Every_line_is_a_comment_or_a_sample()
    {
        using var scrape = new Scrape();
        using var meter = new GatewayMeter(new Board());
        Call(meter, "scrape\nc\\", milliseconds: 2);

        Assert.All(
            scrape.Read().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line =>
                Assert.Matches(
                    """^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? [0-9.Ee+-]+)$""",
                    line
                )
        );
    }

    [Fact]
    public void The_process_itself_is_measured()
    {
        using var scrape = new Scrape();

        var text = scrape.Read();

        Assert.Matches("(?m)^dotnet_gc_heap_total_allocated_bytes_total [1-9]", text);
        Assert.Matches("(?m)^dotnet_process_cpu_time_seconds_total{cpu_mode=\"user\"} [0-9]", text);
        Assert.DoesNotContain("dotnet_exceptions", text);
    }

    [Fact]
    public void Names_from_clients_are_bounded()
    {
        var texts = new KnownTexts(2);

        Assert.Equal("a", texts.Of("\"a\""u8));
        Assert.Equal("b", texts.Of("\"b\""u8));
        Assert.Equal(KnownTexts.Other, texts.Of("\"c\""u8));
        Assert.Same(texts.Of("\"a\""u8), texts.Of("\"a\""u8));
    }

    private static void Call(GatewayMeter meter, string server, int milliseconds) =>
        meter.Call(
            server,
            "\"tools/call\""u8,
            "\"ec\"ho\""u8,
            "ok",
            TimeSpan.FromMilliseconds(milliseconds)
        );
}
