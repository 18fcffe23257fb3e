using System.Globalization;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Direct;

/// <summary>The test server does what the other scenarios take for granted.</summary>
public sealed class TestServerTests : Scenario
{
    private const string Introduction = """
        {"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}
        """;

    [Fact(Timeout = 30_000)]
    public async Task It_shakes_hands_and_echoes()
    {
        await using var pipe = Pipe.To();

        var hello = await pipe.AskAsync("initialize", Introduction, Token);
        var echo = new ToolAnswer(
            await pipe.AskAsync(
                "tools/call",
                """{"name":"echo","arguments":{"text":"a \"quoted\" word"}}""",
                Token
            )
        );

        Assert.Equal("2025-06-18", hello["result"]?["protocolVersion"]?.GetValue<string>());
        Assert.Equal("a \"quoted\" word", echo.Text);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_fixture_has_what_the_suite_looks_for()
    {
        await using var pipe = Pipe.To("conformance");

        var tools = await pipe.AskAsync("tools/list", "{}", Token);
        var text = await pipe.AskAsync("resources/read", """{"uri":"test://static-text"}""", Token);
        var prompts = await pipe.AskAsync("prompts/list", "{}", Token);

        Assert.Equal(29, tools["result"]?["tools"]?.AsArray().Count);
        Assert.Contains("static text resource", text.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(5, prompts["result"]?["prompts"]?.AsArray().Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task It_speaks_one_era_only()
    {
        await using var legacy = Pipe.To("conformance");
        await using var modern = Pipe.To("--modern-only");

        var refused = new ToolAnswer(await legacy.AskAsync("server/discover", "{}", Token));
        var discovered = await modern.AskAsync("server/discover", "{}", Token);
        var late = new ToolAnswer(await modern.AskAsync("initialize", Introduction, Token));

        Assert.True(refused.IsRefused && late.IsRefused);
        Assert.Contains("2026-07-28", discovered.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task It_leaves_when_its_input_ends_unless_told_otherwise()
    {
        await using var polite = Pipe.To();
        await using var stubborn = Pipe.To("--ignore-eof");
        await stubborn.AskAsync("ping", "{}", Token);

        polite.CloseInput();
        stubborn.CloseInput();

        Assert.Equal(0, await polite.ExitCodeAsync(Token));
        Assert.True(ProcessTable.IsAlive(stubborn.ProcessId));
    }

    [Fact(Timeout = 30_000)]
    public async Task Its_grandchild_has_left_the_family()
    {
        await using var pipe = Pipe.To("--grandchild", "--pid-file", PidFile);
        await pipe.AskAsync("ping", "{}", Token);
        await Eventually.TrueAsync("the grandchild is there", () => Strays().Count == 2, Token);
        var grandchild = Strays().Single(row => row.Id != pipe.ProcessId);
        Assert.DoesNotContain(
            ProcessTable.Descendants(pipe.ProcessId),
            row => row.Id == grandchild.Id
        );

        pipe.CloseInput();
        await pipe.ExitCodeAsync(Token);

        Assert.True(ProcessTable.IsAlive(grandchild.Id));
    }

    [Fact(Timeout = 30_000)]
    public async Task It_writes_down_what_crosses_its_pipes()
    {
        var record = Path.Combine(Home, "record");
        await using var pipe = Pipe.To("--record", record);
        await pipe.AskAsync("ping", "{}", Token);
        var suffix = pipe.ProcessId.ToString(CultureInfo.InvariantCulture);
        pipe.CloseInput();
        await pipe.ExitCodeAsync(Token);

        Assert.Equal(
            [
                """> {"jsonrpc":"2.0","id":1,"method":"ping","params":{}}""",
                """< {"jsonrpc":"2.0","id":1,"result":{}}""",
            ],
            File.ReadAllLines($"{record}.{suffix}")
        );
    }
}
