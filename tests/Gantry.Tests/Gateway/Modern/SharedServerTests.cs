using System.Text.Json;
using Xunit;

namespace Gantry.Gateway.Modern;

/// <summary>Clients without sessions at a shared server that has them.</summary>
public sealed class SharedServerTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task Tasks_of_the_extension_pass_between_those_who_both_have_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("echo");
        var echo = gateway.ReadyModern("echo");
        const string Working =
            """{"resultType":"task","taskId":"t1","status":"working","ttlMs":60000}""";
        const string Done =
            """{"resultType":"complete","taskId":"t1","status":"completed","result":{"content":[]}}""";
        echo.Script = call =>
            call.Respond(
                call.Method switch
                {
                    "tools/call" => Working,
                    "tasks/get" => Done,
                    _ => "{}",
                }
            );
        using var client = new ModernClient(gateway.Address)
        {
            Capabilities = """{"extensions":{"io.modelcontextprotocol/tasks":{}}}""",
        };

        using var made = await client.CallAsync();
        var got = await client.ResultAsync("tasks/get", "\"taskId\":\"t1\",", "t1");
        using var wrong = await client.PostAsync(
            client.Request("tasks/get", "\"taskId\":\"t1\","),
            ("Mcp-Method", "tasks/get"),
            ("Mcp-Name", "t2")
        );

        Assert.Equal(Working, (await ModernClient.ResultAsync(made)).GetRawText());
        Assert.Equal(Done, got.GetRawText());
        Assert.Equal((400, -32020), await ModernClient.ErrorAsync(wrong));
    }

    [Fact(Timeout = Patience)]
    public async Task The_server_sees_nothing_of_the_other_era_and_the_client_all_of_its_own()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);
        echo.Script = call => call.Respond("""{"content":[]}""");

        using var response = await client.CallAsync("\"arguments\":{\"a\":1},");
        var result = await ModernClient.ResultAsync(response);

        var seen = await CallAsync(echo, "tools/call");
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":1},"_meta":{}}}""",
            seen.Text
        );
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.False(result.TryGetProperty("ttlMs", out var _));
        var server = result.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo");
        Assert.Equal("echo-1", server.GetProperty("name").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_list_says_how_long_it_may_be_kept()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);
        echo.Script = call => call.Respond("""{"tools":[],"_meta":{"x":1}}""");

        using var response = await client.AskAsync("tools/list");
        var result = await ModernClient.ResultAsync(response);

        Assert.Equal(0, result.GetProperty("ttlMs").GetInt32());
        Assert.Equal("private", result.GetProperty("cacheScope").GetString());
        Assert.Equal(1, result.GetProperty("_meta").GetProperty("x").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task An_error_is_called_what_the_client_calls_it()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);
        echo.Script = call => call.Refuse("no such resource");

        using var response = await client.PostAsync(
            client.Request("resources/read", "\"uri\":\"a:b\","),
            ("Mcp-Method", "resources/read"),
            ("Mcp-Name", "a:b")
        );

        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(response));
    }

    [Theory(Timeout = Patience)]
    [InlineData("initialize")]
    [InlineData("ping")]
    [InlineData("logging/setLevel")]
    [InlineData("resources/subscribe")]
    [InlineData("tasks/list")]
    [InlineData("tasks/get")]
    public async Task What_the_era_has_no_more_is_not_found(string method)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var __ = gateway;
        using var client = new ModernClient(gateway.Address);

        using var response = await client.AskAsync(method);

        Assert.Equal((404, -32601), await ModernClient.ErrorAsync(response));
    }

    [Theory(Timeout = Patience)]
    [InlineData("Mcp-Method", "tools/list", -32020)]
    [InlineData("Mcp-Name", "other", -32020)]
    [InlineData("Mcp-Name", "=?base64?dA=?=", -32020)]
    [InlineData("MCP-Protocol-Version", "2025-11-25", -32020)]
    public async Task Headers_that_say_otherwise_than_the_body_are_refused(
        string header,
        string value,
        int code
    )
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var __ = gateway;
        using var client = new ModernClient(gateway.Address);
        var headers = new Dictionary<string, string>
        {
            ["MCP-Protocol-Version"] = "2026-07-28",
            ["Mcp-Method"] = "tools/call",
            ["Mcp-Name"] = "t",
            [header] = value,
        };

        using var response = await client.PostAsync(
            client.Request("tools/call", "\"name\":\"t\","),
            [.. headers.Select(one => (one.Key, one.Value))]
        );

        Assert.Equal((400, code), await ModernClient.ErrorAsync(response));
    }

    [Fact(Timeout = Patience)]
    public async Task A_name_may_be_wrapped()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);

        using var response = await client.PostAsync(
            client.Request("tools/call", "\"name\":\"t\","),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "=?base64?dA==?=")
        );

        await ModernClient.ResultAsync(response);
        await CallAsync(echo, "tools/call");
    }

    [Fact(Timeout = Patience)]
    public async Task Discovery_leaves_out_what_a_shared_server_cannot_give()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var __ = gateway;
        using var client = new ModernClient(gateway.Address);

        using var response = await client.AskAsync("server/discover");
        var result = await ModernClient.ResultAsync(response);

        Assert.Equal("2026-07-28", result.GetProperty("supportedVersions")[0].GetString());
        var names = result.GetProperty("capabilities").EnumerateObject().Select(one => one.Name);
        Assert.Equal(["tools", "resources"], names);
        Assert.Equal("Be kind.", result.GetProperty("instructions").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_leaves_has_cancelled()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        echo.Script = Answer("tools/list", """{"tools":[]}""");
        var client = new ModernClient(gateway.Address);

        var answering = client.CallAsync();
        var call = await CallAsync(echo, "tools/call");
        client.Dispose();

        Assert.Null(await call.Cancelled);
        await Assert.ThrowsAnyAsync<Exception>(() => answering);
    }

    [Fact(Timeout = Patience)]
    public async Task Whoever_listens_hears_what_it_asked_for_and_no_more()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = new ModernClient(gateway.Address);
        const string wishes =
            """{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["a:b"]}""";

        using var events = new Events(
            await client.AskAsync("subscriptions/listen", $"\"notifications\":{wishes},")
        );
        var acknowledged = (await events.NextMessageAsync()).GetProperty("params");
        Assert.Equal("a:b", (await CallAsync(echo, "resources/subscribe")).UriOf());
        echo.Say("""{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}""");
        echo.Say("""{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}""");
        echo.Say(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"c:d"}}"""
        );
        echo.Say(
            """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b"}}"""
        );
        echo.Say("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");

        var honoured = acknowledged.GetProperty("notifications");
        Assert.True(honoured.GetProperty("toolsListChanged").GetBoolean());
        Assert.False(honoured.TryGetProperty("promptsListChanged", out var _));
        Assert.Equal(1, TagOf(acknowledged));
        var first = await events.NextMessageAsync();
        Assert.Equal("a:b", first.GetProperty("params").GetProperty("uri").GetString());
        Assert.Equal(1, TagOf(first.GetProperty("params")));
        var second = await events.NextMessageAsync();
        Assert.Equal("notifications/tools/list_changed", second.GetProperty("method").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_state_that_was_not_given_here_is_refused()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var __ = gateway;
        using var client = new ModernClient(gateway.Address);

        using var response = await client.CallAsync("\"requestState\":\"gantry1.abc\",");

        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(response));
    }

    private static int TagOf(JsonElement parameters) =>
        parameters
            .GetProperty("_meta")
            .GetProperty("io.modelcontextprotocol/subscriptionId")
            .GetInt32();

    private static Action<ScriptedCall> Answer(string method, string result) =>
        call =>
        {
            if (call.Method == method)
            {
                call.Respond(result);
            }
        };

    // Gantry asks for the list of tools on its own account.
    private static async Task<ScriptedCall> CallAsync(ScriptedConnection server, string method)
    {
        while (true)
        {
            var call = await server.Calls.Reader.ReadAsync(Cancelled);
            if (call.Method == method)
            {
                return call;
            }
        }
    }
}

file static class Reading
{
    public static string? UriOf(this ScriptedCall call) =>
        Client.Parse(call.Text).GetProperty("params").GetProperty("uri").GetString();
}
