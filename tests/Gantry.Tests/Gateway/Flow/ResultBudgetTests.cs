using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Gateway.Flow;

public sealed class ResultBudgetTests
{
    private const int Patience = 30_000;
    private const int Size = 2_048;

    [Fact(Timeout = Patience)]
    public async Task A_result_within_its_budget_is_not_touched()
    {
        var result = await CallAsync(Excess.Truncate, """{ "content" : [ ] , "x" : 1.0 }""");

        Assert.Equal("""{ "content" : [ ] , "x" : 1.0 }""", result.GetRawText());
    }

    [Fact(Timeout = Patience)]
    public async Task A_result_that_is_too_large_is_cut_and_says_so()
    {
        var result = await CallAsync(Excess.Truncate, Text(new string('ä', 5_000)));

        var content = result.GetProperty("content");
        Assert.StartsWith("ääää", content[0].GetProperty("text").GetString());
        Assert.StartsWith(
            "[The result has 10039 bytes",
            content[1].GetProperty("text").GetString()
        );
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(result.GetRawText()), 1, Size);
    }

    [Fact(Timeout = Patience)]
    public async Task A_result_that_is_too_large_may_be_refused()
    {
        var result = await CallAsync(Excess.Refuse, Text(new string('x', 5_000)));

        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Contains(
            "at most 2048",
            result.GetProperty("content")[0].GetProperty("text").GetString()
        );
    }

    [Theory(Timeout = Patience)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_result_that_is_too_large_can_be_read_on_to_its_end(bool asTool)
    {
        var text = string.Concat(Enumerable.Range(0, 2_000).Select(number => $"{number}, "));
        var (gateway, echo) = await StartAsync(Excess.Continue);
        await using var _ = gateway;
        echo.Script = call => call.Respond(Text(text));
        using var client = await gateway.NewSessionAsync();

        var result = (await client.CallAsync("1", "tools/call", """{"name":"t"}""")).GetProperty(
            "result"
        );
        var read = FirstText(result);
        while (Link(result) is { } uri)
        {
            var next = asTool ? await CallOnAsync(client, uri) : await ReadOnAsync(client, uri);
            read += next.Text;
            result = next.Result;
            uri = Link(result);
            if (!asTool && next.Text.Length == 0)
            {
                break;
            }
        }

        Assert.Equal(text, read);
        Assert.Equal(1, Count(echo));
    }

    [Fact(Timeout = Patience)]
    public async Task Nobody_reads_on_in_the_result_of_another_session_nor_after_its_time()
    {
        var (gateway, echo) = await StartAsync(Excess.Continue);
        await using var _ = gateway;
        echo.Script = call => call.Respond(Text(new string('x', 9_000)));
        using var client = await gateway.NewSessionAsync();
        using var other = await gateway.NewSessionAsync();
        var result = (await client.CallAsync("1", "tools/call")).GetProperty("result");
        var uri = Link(result) ?? "";

        var foreign = await other.CallAsync("1", "resources/read", $$"""{"uri":"{{uri}}" }""");
        var own = await client.CallAsync("2", "resources/read", $$"""{"uri":"{{uri}}" }""");
        gateway.Clock.Advance(TimeSpan.FromMinutes(11));
        var late = await client.CallAsync("3", "resources/read", $$"""{"uri":"{{uri}}" }""");

        Assert.Equal(-32602, foreign.GetProperty("error").GetProperty("code").GetInt32());
        own.GetProperty("result");
        Assert.Equal(-32602, late.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task A_structure_that_fits_is_kept_and_one_that_does_not_makes_it_an_error()
    {
        var text = new string('x', 5_000);

        var kept = await CallAsync(
            Excess.Truncate,
            $$$"""{"content":[{"type":"text","text":"{{{text}}}"}],"structuredContent":{"a":1}}"""
        );
        var lost = await CallAsync(
            Excess.Truncate,
            $$$"""{"structuredContent":{"a":"{{{text}}}"}}"""
        );

        Assert.Equal(1, kept.GetProperty("structuredContent").GetProperty("a").GetInt32());
        Assert.False(kept.TryGetProperty("isError", out var _));
        Assert.True(lost.GetProperty("isError").GetBoolean());
        Assert.False(lost.TryGetProperty("structuredContent", out var _));
        Assert.StartsWith("{\"a\":\"xxx", FirstText(lost));
    }

    [Fact(Timeout = Patience)]
    public async Task Secrets_in_results_and_errors_are_hidden()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithFlowAsync(
            new() { Results = new() { Redact = ["aws_key"] } }
        );
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        echo.Script = call => call.Respond(Text("AKIAIOSFODNN7EXAMPLE"));
        var result = await client.CallAsync("1", "tools/call");
        echo.Script = call => call.Refuse("no AKIAIOSFODNN7EXAMPLE");
        var error = await client.CallAsync("2", "resources/read");

        Assert.Equal("[redacted aws_key]", FirstText(result.GetProperty("result")));
        Assert.Equal(
            "no [redacted aws_key]",
            error.GetProperty("error").GetProperty("message").GetString()
        );
    }

    private static async Task<(GatewayUnderTest, ScriptedConnection)> StartAsync(Excess excess) =>
        await GatewayUnderTest.StartWithFlowAsync(
            new()
            {
                Results = new() { MaxSize = Size, OnExcess = excess },
            }
        );

    private static async Task<JsonElement> CallAsync(Excess excess, string result)
    {
        var (gateway, echo) = await StartAsync(excess);
        await using var _ = gateway;
        echo.Script = call => call.Respond(result);
        using var client = await gateway.NewSessionAsync();
        return (await client.CallAsync("1", "tools/call")).GetProperty("result");
    }

    private static async Task<(string Text, JsonElement Result)> CallOnAsync(
        Client client,
        string uri
    )
    {
        var cursor = uri["gantry://result/".Length..].Replace("?page=", "/");
        var answer = await client.CallAsync(
            "2",
            "tools/call",
            $$$"""{"name":"t","arguments":{"gantry_continue":"{{{cursor}}}"}}"""
        );
        var result = answer.GetProperty("result");
        return (FirstText(result), result);
    }

    // A page that is read as a resource has no link: the next one is the next number.
    private static async Task<(string Text, JsonElement Result)> ReadOnAsync(
        Client client,
        string uri
    )
    {
        var answer = await client.CallAsync("2", "resources/read", $$"""{"uri":"{{uri}}" }""");
        if (!answer.TryGetProperty("result", out var result))
        {
            return ("", Linked(null));
        }

        var text = result.GetProperty("contents")[0].GetProperty("text").GetString() ?? "";
        var at = uri.LastIndexOf('=') + 1;
        return (text, Linked($"{uri[..at]}{int.Parse(uri[at..]) + 1}"));
    }

    private static JsonElement Linked(string? uri) =>
        Client.Parse(
            uri is null
                ? """{"content":[]}"""
                : $$"""{"content":[{"type":"resource_link","uri":"{{uri}}"}]}"""
        );

    private static string? Link(JsonElement result) =>
        result
            .GetProperty("content")
            .EnumerateArray()
            .Where(block => block.GetProperty("type").GetString() is "resource_link")
            .Select(block => block.GetProperty("uri").GetString())
            .FirstOrDefault();

    private static string FirstText(JsonElement result) =>
        result.GetProperty("content")[0].GetProperty("text").GetString() ?? "";

    private static int Count(ScriptedConnection echo)
    {
        var count = 0;
        while (echo.Calls.Reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }

    private static string Text(string text) =>
        $$"""{"content":[{"type":"text","text":"{{text}}"}]}""";
}
