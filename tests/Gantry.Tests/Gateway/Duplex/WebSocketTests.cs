using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Aggregate;
using Xunit;

namespace Gantry.Gateway.Duplex;

public sealed class WebSocketTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task One_connection_is_one_session()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var socket = await ConnectAsync(gateway);

        Assert.Equal("mcp", socket.SubProtocol);
        await SendAsync(socket, Client.Initialize());
        (await ReceiveAsync(socket)).GetProperty("result");
        await SendAsync(socket, Client.Request("7", "tools/list"));
        Assert.Equal(7, (await ReceiveAsync(socket)).GetProperty("id").GetInt32());
        Assert.Single(gateway.Sessions.All);

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        while (gateway.Sessions.All.Any())
        {
            await Task.Yield();
        }
    }

    [Fact(Timeout = Patience)]
    public async Task A_request_without_a_session_reaches_several_servers_too()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Serve("files", "x");
        gateway.Serve("memory", "x");
        using var socket = await ConnectAsync(gateway, "/mcp/ws");

        await SendAsync(socket, Modern("1", "tools/list"));
        var result = (await ReceiveAsync(socket)).GetProperty("result");

        Assert.Equal(2, result.GetProperty("tools").GetArrayLength());
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
    }

    [Theory(Timeout = Patience)]
    [InlineData("/mcp/files/ws", "x")]
    [InlineData("/mcp/ws", "files__x")]
    public async Task No_header_repeats_an_argument_where_messages_have_none(
        string path,
        string tool
    )
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        MarkedTool.Serve(gateway);
        using var socket = await ConnectAsync(gateway, path);

        await SendAsync(socket, MarkedTool.Call(tool));
        var answer = await ReceiveAsync(socket);

        Assert.Equal("there", answer.GetProperty("result").GetProperty("name").GetString());
    }

    [Fact(Timeout = Patience)]
    public async Task A_long_answer_is_one_message_and_calls_are_served_side_by_side()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        var text = new string('x', 3_000_000);
        echo.Script = null;
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Client.Initialize());
        await ReceiveAsync(socket);
        await SendAsync(socket, Client.Request("1", "tools/call"));
        await SendAsync(socket, Client.Request("2", "tools/call"));
        var first = await echo.Calls.Reader.ReadAsync(Cancelled);
        var second = await echo.Calls.Reader.ReadAsync(Cancelled);

        second.Respond($"\"{text}\"");
        var answer = await ReceiveAsync(socket);
        Assert.Equal(2, answer.GetProperty("id").GetInt32());
        Assert.Equal(text, answer.GetProperty("result").GetString());
        first.Progress(1);
        first.Respond("{}");
        (await ReceiveAsync(socket)).GetProperty("method");
        Assert.Equal(1, (await ReceiveAsync(socket)).GetProperty("id").GetInt32());
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_not_a_message_is_answered_and_does_not_end_the_connection()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, "{");
        Assert.Equal(-32700, Code(await ReceiveAsync(socket)));
        await SendAsync(socket, "{}");
        Assert.Equal(-32600, Code(await ReceiveAsync(socket)));
        await SendAsync(socket, Client.Request("1", "tools/list"));
        Assert.Equal(-32000, Code(await ReceiveAsync(socket)));
        await SendAsync(socket, Client.Initialize());
        (await ReceiveAsync(socket)).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task What_is_no_text_or_too_big_ends_it_with_the_code_for_that()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync(
            new() { MaxBodySize = 100_000 }
        );
        await using var _ = gateway;
        using var binary = await ConnectAsync(gateway);
        using var big = await ConnectAsync(gateway);

        await binary.SendAsync(new byte[10], WebSocketMessageType.Binary, true, Cancelled);
        await big.SendAsync(new byte[300_000], WebSocketMessageType.Text, true, Cancelled);

        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, await CloseStatusAsync(binary));
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await CloseStatusAsync(big));
    }

    [Fact(Timeout = Patience)]
    public async Task The_end_of_the_session_ends_the_connection_with_the_reason()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, Client.Initialize());
        await ReceiveAsync(socket);

        gateway.Undefine("echo");

        Assert.Equal(1013, (int?)await CloseStatusAsync(socket));
        Assert.Contains("server removed", socket.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Fact(Timeout = Patience)]
    public async Task A_request_that_brings_its_own_revision_needs_no_session()
    {
        var (gateway, echo) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, Modern("1", "tools/list"));
        var answer = (await ReceiveAsync(socket)).GetProperty("result");
        Assert.Equal("complete", answer.GetProperty("resultType").GetString());
        Assert.DoesNotContain(gateway.Sessions.All, session => session.Outbox.IsOpen);

        echo.Script = call =>
        {
            if (call.Method is not "tools/call")
            {
                call.Respond("{}");
            }
        };
        await SendAsync(socket, Modern("2", "tools/call"));
        var call = await echo.Calls.Reader.ReadAsync(Cancelled);
        while (call.Method is not "tools/call")
        {
            call = await echo.Calls.Reader.ReadAsync(Cancelled);
        }

        await SendAsync(
            socket,
            Client.Notification("notifications/cancelled", """{"requestId":2}""")
        );
        await call.Cancelled.WaitAsync(Cancelled);
    }

    [Fact(Timeout = Patience)]
    public async Task A_page_from_elsewhere_and_other_subprotocols_are_refused()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var page = new ClientWebSocket();
        page.Options.SetRequestHeader("Origin", "https://example.com");
        using var other = new ClientWebSocket();
        other.Options.AddSubProtocol("chat");
        using var http = new HttpClient { BaseAddress = gateway.Address };

        await RefusedAsync(page, gateway, HttpStatusCode.Forbidden);
        await RefusedAsync(other, gateway, HttpStatusCode.BadRequest);
        using var plain = await http.GetAsync("/mcp/echo/ws", Cancelled);
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
    }

    private static async Task RefusedAsync(
        ClientWebSocket socket,
        GatewayUnderTest gateway,
        HttpStatusCode status
    )
    {
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() =>
            socket.ConnectAsync(AddressOf(gateway), Cancelled)
        );
        Assert.Equal(status, socket.HttpStatusCode);
    }

    internal static async Task<ClientWebSocket> ConnectAsync(
        GatewayUnderTest gateway,
        string path = "/mcp/echo/ws"
    )
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mcp");
        await socket.ConnectAsync(AddressOf(gateway, path), Cancelled);
        return socket;
    }

    private static Uri AddressOf(GatewayUnderTest gateway, string path = "/mcp/echo/ws") =>
        new UriBuilder(gateway.Address) { Scheme = "ws", Path = path }.Uri;

    internal static Task SendAsync(ClientWebSocket socket, string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, Cancelled);

    internal static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, Cancelled);
            Assert.Equal(WebSocketMessageType.Text, read.MessageType);
            message.Write(buffer, 0, read.Count);
            if (read.EndOfMessage)
            {
                return Client.Parse(Encoding.UTF8.GetString(message.ToArray()));
            }
        }
    }

    private static async Task<WebSocketCloseStatus?> CloseStatusAsync(ClientWebSocket socket)
    {
        await socket.ReceiveAsync(new byte[1024], Cancelled);
        return socket.CloseStatus;
    }

    private static string Modern(string id, string method) =>
        Client.Request(
            id,
            method,
            """{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}"""
        );

    private static int Code(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("code").GetInt32();
}
