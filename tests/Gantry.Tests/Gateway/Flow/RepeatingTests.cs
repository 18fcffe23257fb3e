using System.Text.Json;
using Gantry.Wire;
using Xunit;

namespace Gantry.Gateway.Flow;

public sealed class RepeatingTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_list_that_was_lost_with_its_instance_is_asked_of_the_next_once()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();

        var listing = client.CallAsync("\"l\"", "tools/list");
        await echo.Calls.Reader.ReadAsync(Cancelled);
        gateway.Crash("echo", echo, "first crash");
        var next = gateway.Ready("echo");
        var answer = await listing;

        answer.GetProperty("result");
        Assert.Equal("l", answer.GetProperty("id").GetString());
        next.Script = null;
        var again = client.CallAsync("2", "resources/read", """{"uri":"a:b"}""");
        await next.Calls.Reader.ReadAsync(Cancelled);
        await next.Calls.Reader.ReadAsync(Cancelled);
        gateway.Crash("echo", next, "second crash");
        var last = gateway.Ready("echo");
        last.Script = null;
        await last.Calls.Reader.ReadAsync(Cancelled);
        gateway.Crash("echo", last, "third crash");
        Assert.Equal("third crash", Message(await again));
    }

    [Fact(Timeout = Patience)]
    public async Task A_tool_that_reached_its_server_is_never_called_again()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = null;
        using var client = await gateway.NewSessionAsync();

        var calling = client.CallAsync("1", "tools/call");
        await echo.Calls.Reader.ReadAsync(Cancelled);
        gateway.Crash("echo", echo, "crashed");
        var next = gateway.Ready("echo");

        Assert.Equal("crashed", Message(await calling));
        Assert.False(next.Calls.Reader.TryRead(out var _));
    }

    [Fact(Timeout = Patience)]
    public async Task A_list_that_alone_was_lost_is_not_asked_again()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = call =>
            call.Fail(new InstanceGoneException("too large") { IsCallOnly = true });
        using var client = await gateway.NewSessionAsync();

        Assert.Equal("too large", Message(await client.CallAsync("1", "tools/list")));
        await echo.Calls.Reader.ReadAsync(Cancelled);
        Assert.False(echo.Calls.Reader.TryRead(out var _));
    }

    private static string? Message(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("message").GetString();
}
