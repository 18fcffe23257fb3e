using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Config;
using Gantry.Flow;
using Gantry.Gateway.Duplex;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Gateway.Replicas;

/// <summary>Clients without sessions, who come back to another replica than the one that began.
/// </summary>
public sealed partial class ModernTests
{
    private const int Patience = 30_000;
    private const string Question =
        """{"jsonrpc":"2.0","id":"name","method":"elicitation/create","params":{"message":"Who?"}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_call_that_waits_at_one_replica_goes_on_over_the_other()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        using var there = NewClient(pair.Other);
        var (own, call, state) = await ParkedAsync(pair.One);

        var again = there.CallAsync(Answered(state), id: "2");
        var answer = await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[]}""");
        using var response = await again;
        var result = await ModernClient.ResultAsync(response);

        Assert.Equal("""{"jsonrpc":"2.0","id":"name","result":{"action":"decline"}}""", answer);
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Empty(pair.Other.Runtime.Connections);
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_whose_replica_is_gone_is_answered_as_one_that_expired()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        Pair.ServeSessions(pair.Other);
        using var there = NewClient(pair.Other);
        var (_, _, state) = await ParkedAsync(pair.One);
        await pair.One.DisposeAsync();

        using var response = await there.CallAsync(Answered(state), id: "2");

        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(response));
    }

    [Fact(Timeout = Patience)]
    public async Task A_state_that_was_changed_leads_nowhere()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        Pair.ServeSessions(pair.Other);
        using var there = NewClient(pair.Other);
        var (_, call, state) = await ParkedAsync(pair.One);

        using var response = await there.CallAsync(Answered($"x{state}"));

        Assert.Equal((200, -32602), await ModernClient.ErrorAsync(response));
        Assert.False(call.Cancelled.IsCompleted);
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_that_waits_goes_on_over_a_WebSocket_of_the_other_replica()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        var (own, call, state) = await ParkedAsync(pair.One);
        using var socket = await WebSocketTests.ConnectAsync(pair.Other);

        await WebSocketTests.SendAsync(socket, CallAgain(pair.Other, state));
        var answer = await own.Sent.ReadAsync(Cancelled);
        call.Progress(1);
        var progress = await WebSocketTests.ReceiveAsync(socket);
        call.Respond("""{"content":[]}""");
        var response = await WebSocketTests.ReceiveAsync(socket);

        Assert.Contains("decline", answer, StringComparison.Ordinal);
        Assert.Equal("p", progress.GetProperty("params").GetProperty("progressToken").GetString());
        Assert.Equal("again", response.GetProperty("id").GetString());
        Assert.Equal("complete", ResultType(response));
        Assert.Empty(pair.Other.Runtime.Connections);
    }

    [Fact(Timeout = Patience)]
    public async Task A_call_that_waits_goes_on_over_an_event_stream_of_the_other_replica()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        var (own, call, state) = await ParkedAsync(pair.One);
        using var stream = await SseClient.OpenAsync(pair.Other.Address, "/mcp/echo/sse");

        await stream.SendAsync(CallAgain(pair.Other, state));
        await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[]}""");
        var response = await stream.Events.NextMessageAsync();

        Assert.Equal("again", response.GetProperty("id").GetString());
        Assert.Equal("complete", ResultType(response));
        Assert.Empty(pair.Other.Runtime.Connections);
    }

    [Fact(Timeout = Patience)]
    public async Task A_message_that_reached_its_stream_over_one_replica_goes_on_at_another()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        var (own, call, state) = await ParkedAsync(pair.One);
        using var stream = await SseClient.OpenAsync(pair.Other.Address, "/mcp/echo/sse");
        using var http = new HttpClient { BaseAddress = pair.One.Address };

        using var body = new StringContent(CallAgain(pair.Other, state), null, "application/json");
        using var sent = await http.PostAsync($"/mcp/echo/{stream.Endpoint}", body, Cancelled);
        await own.Sent.ReadAsync(Cancelled);
        call.Respond("""{"content":[]}""");

        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        Assert.Equal("complete", ResultType(await stream.Events.NextMessageAsync()));
    }

    [Fact(Timeout = Patience)]
    public async Task A_client_that_cancels_on_its_WebSocket_cancels_at_the_other_replica()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        var (own, call, state) = await ParkedAsync(pair.One);
        using var socket = await WebSocketTests.ConnectAsync(pair.Other);

        await WebSocketTests.SendAsync(socket, CallAgain(pair.Other, state));
        await own.Sent.ReadAsync(Cancelled);
        await WebSocketTests.SendAsync(
            socket,
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"again"}}"""
        );

        await call.Cancelled.WaitAsync(Cancelled);
    }

    [Fact(Timeout = Patience)]
    public async Task On_a_stream_too_a_call_whose_replica_is_gone_is_answered_as_one_that_expired()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        Pair.ServeSessions(pair.Other);
        var (_, _, state) = await ParkedAsync(pair.One);
        await pair.One.DisposeAsync();
        using var socket = await WebSocketTests.ConnectAsync(pair.Other);

        await WebSocketTests.SendAsync(socket, CallAgain(pair.Other, state));
        var response = await WebSocketTests.ReceiveAsync(socket);

        Assert.Equal("again", response.GetProperty("id").GetString());
        Assert.Equal(-32602, response.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task What_the_other_replica_refuses_is_the_answer_to_the_request_on_the_stream()
    {
        await using var pair = await Pair.StartAsync(Isolation.Session);
        var (_, _, state) = await ParkedAsync(pair.One);
        using var socket = await WebSocketTests.ConnectAsync(pair.Other);
        pair.One.Undefine("echo");

        await WebSocketTests.SendAsync(socket, CallAgain(pair.Other, state));
        var response = await WebSocketTests.ReceiveAsync(socket);

        Assert.Equal("again", response.GetProperty("id").GetString());
        Assert.True(response.TryGetProperty("error", out _));
    }

    [Fact(Timeout = Patience)]
    public async Task The_rest_of_a_large_result_is_read_over_the_other_replica()
    {
        await using var pair = await Pair.StartAsync(
            flow: new()
            {
                Results = new() { MaxSize = 4_096, OnExcess = Excess.Continue },
            }
        );
        var text = new string('x', 9_000);
        pair.One.Ready("echo").Script = call =>
            call.Respond($$"""{"content":[{"type":"text","text":"{{text}}"}]}""");
        pair.Other.Ready("echo");
        using var here = NewClient(pair.One);
        using var there = NewClient(pair.Other);

        using var first = await here.CallAsync();
        var page = await ModernClient.ResultAsync(first);
        var next = Next.Match(page.GetRawText());
        using var second = await there.CallAsync(
            $$"""
            "arguments":{"gantry_continue":"{{next.Groups["page"]}}"},
            """
        );
        using var read = await there.PostAsync(
            there.Request("resources/read", $"\"uri\":\"{next.Groups["uri"]}\","),
            ("Mcp-Method", "resources/read"),
            ("Mcp-Name", next.Groups["uri"].Value)
        );

        Assert.True(page.GetRawText().Length <= 4_096);
        Assert.StartsWith("xxx", Text(await ModernClient.ResultAsync(second)));
        var contents = (await ModernClient.ResultAsync(read)).GetProperty("contents");
        Assert.StartsWith("xxx", contents[0].GetProperty("text").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task Whatever_needs_nothing_kept_is_served_where_it_comes()
    {
        await using var pair = await Pair.StartAsync();
        pair.One.Ready("echo").Script = call => call.Respond("""{"by":"one"}""");
        pair.Other.Ready("echo").Script = call => call.Respond("""{"by":"other"}""");
        foreach (var (gateway, by) in new[] { (pair.One, "one"), (pair.Other, "other") })
        {
            using var client = NewClient(gateway);
            using var response = await client.CallAsync();
            var result = await ModernClient.ResultAsync(response);
            Assert.Equal(by, result.GetProperty("by").GetString());
        }
    }

    [GeneratedRegex(
        """gantry_continue\\?(?:"|\\u0022):\\?(?:"|\\u0022)(?<page>[\w~-]+/2).*?"uri":"(?<uri>[^"]+)"""
    )]
    private static partial Regex Next { get; }

    private static string? Text(JsonElement result) =>
        result.GetProperty("content")[0].GetProperty("text").GetString();

    private static string Answered(string state) =>
        $$$"""
            "requestState":"{{{state}}}","inputResponses":{"name":{"action":"decline"}},
            """;

    private static string CallAgain(GatewayUnderTest gateway, string state)
    {
        using var client = NewClient(gateway);
        client.MoreMeta = ",\"progressToken\":\"p\"";
        return client.Request("tools/call", $"\"name\":\"t\",{Answered(state)}", "\"again\"");
    }

    private static string? ResultType(JsonElement response) =>
        response.GetProperty("result").GetProperty("resultType").GetString();

    private static ModernClient NewClient(GatewayUnderTest gateway) =>
        new(gateway.Address) { Capabilities = """{"elicitation":{}}""" };

    private static async Task<(ScriptedConnection, ScriptedCall, string)> ParkedAsync(
        GatewayUnderTest gateway
    )
    {
        gateway.Script = call =>
        {
            if (call.Method == "tools/list")
            {
                call.Respond("""{"tools":[]}""");
            }
        };
        Pair.ServeSessions(gateway);
        using var client = NewClient(gateway);
        var answering = client.CallAsync();
        while (gateway.Runtime.Connections.IsEmpty)
        {
            await Task.Yield();
        }

        var own = gateway.Runtime.Connections.Values.Single();
        var call = await Pair.ToolCallAsync(own);
        own.Say(Question);
        var gather = new GatewayLimits().GatherTime;
        await gateway.Clock.SleeperWithinAsync(gather, Cancelled);
        gateway.Clock.Advance(gather);
        using var response = await answering;
        var result = await ModernClient.ResultAsync(response);
        return (own, call, result.GetProperty("requestState").GetString() ?? "");
    }
}
