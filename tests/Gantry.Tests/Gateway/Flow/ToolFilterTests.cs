using Gantry.Config;
using Gantry.Gateway.Aggregate;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Gateway.Flow;

/// <summary>Servers of whose tools the configuration leaves only some.</summary>
public sealed class ToolFilterTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task A_denied_tool_is_neither_listed_nor_called_wherever_its_server_is_reached()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo", tools: new([new("read*")], [new("*secret")]));
        var echo = gateway.Ready("echo");
        echo.Lists("read", "write", "read_secret");
        using var legacy = await gateway.NewSessionAsync();
        using var modern = new ModernClient(gateway.Address);
        using var joined = await gateway.JoinAsync();
        using var several = new ModernClient(gateway.Address, "");

        Assert.Equal("read", await legacy.ToolsAsync());
        Assert.Equal("echo__read", await joined.ToolsAsync());
        var listed = await modern.ResultAsync("tools/list");
        Assert.Equal("""[{"name":"read"}]""", listed.GetProperty("tools").GetRawText());
        Assert.Equal("complete", listed.GetProperty("resultType").GetString());
        await legacy.ResultAsync("tools/call", Joined.Tool("read"));
        Assert.Equal(
            "Unknown tool: write",
            await legacy.RefusalAsync("tools/call", Joined.Tool("write"))
        );
        Assert.Equal(
            "Unknown tool: read_SECRET",
            await legacy.RefusalAsync("tools/call", Joined.Tool("read_SECRET"))
        );
        using var denied = await modern.CallToolAsync("write");
        using var among = await several.CallToolAsync("echo__write");
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(denied));
        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(among));
        Assert.StartsWith(
            "No server here has a tool 'echo__write'.",
            await joined.RefusalAsync("tools/call", Joined.Tool("echo__write")),
            StringComparison.Ordinal
        );
        Assert.Equal(1, echo.CallsOf("tools/call"));
    }

    [Theory]
    [InlineData("a+file:///x/y", true)]
    [InlineData("a+file:///x/%79", true)]
    [InlineData("a+file:///x/../z", false)]
    [InlineData("a+file:///x/%2E%2e/z", false)]
    [InlineData("a+file:///x/%252e%252e/z", false)]
    [InlineData("a+file:///x\\y", false)]
    [InlineData("a+file:///x/hidden", false)]
    [InlineData("a+file:///x/hidde%6E", false)]
    public void A_uri_is_judged_however_it_is_written(string uri, bool isPermitted) =>
        Assert.Equal(
            isPermitted,
            new NameRules([new("a+file:///x*")], [new("*hidden")]).PermitsUri(uri)
        );
}
