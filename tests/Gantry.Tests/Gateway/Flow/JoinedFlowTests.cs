using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Xunit;

namespace Gantry.Gateway.Flow;

/// <summary>Budgets and memory among several servers as one.</summary>
public sealed class JoinedFlowTests
{
    private const int Patience = 30_000;

    private static readonly string s_long = new('x', 9_000);

    [Fact(Timeout = Patience)]
    public async Task A_large_result_is_read_on_by_argument_and_by_either_uri()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("other", "t");
        gateway.Define(
            "files",
            flow: new()
            {
                Results = new() { MaxSize = 2_048, OnExcess = Excess.Continue },
            }
        );
        var files = gateway.Ready("files");
        files.Script = call =>
            call.Respond(
                call.Method is "tools/call"
                    ? $$"""{"content":[{"type":"text","text":"{{s_long}}"}]}"""
                    : """{"tools":[{"name":"t"}]}"""
            );
        using var client = await gateway.JoinAsync();

        var first = await client.ResultAsync("tools/call", Joined.Tool("files__t"));
        var mapped = first.GetProperty("content")[2].GetProperty("uri").GetString() ?? "";
        var plain = mapped[(mapped.IndexOf('+', StringComparison.Ordinal) + 1)..];
        var argument = plain["gantry://result/".Length..].Replace("?page=", "/");
        var next = await client.ResultAsync(
            "tools/call",
            $$$"""{"name":"files__t","arguments":{"gantry_continue":"{{{argument}}}"}}"""
        );

        Assert.StartsWith("files+gantry://result/", mapped, StringComparison.Ordinal);
        Assert.StartsWith("xxx", next.GetProperty("content")[0].GetProperty("text").GetString());
        foreach (var uri in (string[])[mapped, plain])
        {
            var page = await client.ResultAsync("resources/read", $$"""{"uri":"{{uri}}" }""");
            Assert.StartsWith(
                "xxx",
                page.GetProperty("contents")[0].GetProperty("text").GetString()
            );
        }

        Assert.Equal(1, files.CallsOf("tools/call"));
    }

    [Fact(Timeout = Patience)]
    public async Task Links_are_remembered_in_the_names_that_their_client_uses()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("files", flow: new() { Cache = new() });
        var files = gateway.Ready("files");
        files.Script = call =>
            call.Respond(
                """{"contents":[{"uri":"file:///a","text":"a"}],"ttlMs":60000,"cacheScope":"public"}"""
            );
        using var joined = await gateway.JoinAsync();
        using var alone = await gateway.NewSessionAsync("files");

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("files+file:///a", await ReadAsync(joined, "files+file:///a"));
            Assert.Equal("file:///a", await ReadAsync(alone, "file:///a"));
        }

        Assert.Equal(2, files.CallsOf("resources/read"));
    }

    private static async Task<string?> ReadAsync(Client client, string uri) =>
        (await client.ResultAsync("resources/read", $$"""{"uri":"{{uri}}" }"""))
            .GetProperty("contents")[0]
            .GetProperty("uri")
            .GetString();
}
