using System.Net.WebSockets;
using System.Text;
using Gantry.Config;
using Gantry.Gateway;
using Gantry.Gateway.Duplex;
using Gantry.Gateway.Modern;
using Xunit;

namespace Gantry.Access;

/// <summary>A caller's own Authorization header, and the servers that may see it.</summary>
public sealed class ForwardingTests
{
    private const string Own = "Bearer for-the-server";

    private const string Modern =
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = 30_000)]
    [InlineData(true, Own)]
    [InlineData(false, null)]
    public async Task It_goes_along_with_a_call_where_that_is_wanted(bool wanted, string? expected)
    {
        await using var gateway = await StartAsync(wanted);
        var far = gateway.Ready("far");
        using var client = gateway.NewClient("far");
        client.Authorization = Own;

        await client.InitializeAsync();
        await client.CallAsync("1", "tools/call");

        Assert.Equal(expected, await ForwardedAsync(far));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, Own)]
    [InlineData(false, null)]
    public async Task It_goes_along_without_a_session_too(bool wanted, string? expected)
    {
        await using var gateway = await StartAsync(wanted);
        var far = gateway.ReadyModern("far");
        using var client = new ModernClient(gateway.Address, "far");

        using var response = await client.PostAsync(
            client.Request("tools/call", "\"name\":\"t\","),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "t"),
            ("Authorization", Own)
        );
        await ModernClient.ResultAsync(response);

        Assert.Equal(expected, await ForwardedAsync(far, ofList: expected));
    }

    [Fact(Timeout = 30_000)]
    public async Task Of_an_event_stream_each_message_brings_its_own()
    {
        await using var gateway = await StartAsync(wanted: true);
        var far = gateway.Ready("far");
        using var client = await SseClient.OpenAsync(gateway.Address, "/mcp/far/sse", Own);
        await client.InitializeAsync();

        client.Authorization = "Bearer renewed";
        await client.SendAsync(Client.Request("1", "tools/call"));

        Assert.Equal("Bearer renewed", await ForwardedAsync(far));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_socket_was_opened_with_holds_for_what_comes_over_it(bool isModern)
    {
        await using var gateway = await StartAsync(wanted: true);
        var far = isModern ? gateway.ReadyModern("far") : gateway.Ready("far");
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mcp");
        socket.Options.SetRequestHeader("Authorization", Own);
        var address = new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/mcp/far/ws" }.Uri;
        await socket.ConnectAsync(address, Cancelled);

        if (isModern)
        {
            await SendAsync(socket, Modern);
        }
        else
        {
            await SendAsync(socket, Client.Initialize());
            await socket.ReceiveAsync(new byte[64 * 1024], Cancelled);
            await SendAsync(socket, Client.Request("1", "tools/call"));
        }

        Assert.Equal(Own, await ForwardedAsync(far));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_of_ours_never_does()
    {
        await using var gateway = await StartAsync(wanted: true);
        gateway.Configure(new() { Auth = new(), Fingerprint = "1" });
        var far = gateway.Ready("far");
        var key = gateway.Keys.Create(new("test", Role.Caller, null, Limits.None)).Text;
        using var client = await SseClient.OpenAsync(
            gateway.Address,
            "/mcp/far/sse",
            $"Bearer {key}"
        );

        await client.InitializeAsync();
        await client.SendAsync(Client.Request("1", "tools/call"));

        Assert.Null(await ForwardedAsync(far));
    }

    private static async Task<GatewayUnderTest> StartAsync(bool wanted)
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define(
            "far",
            runtime: new RemoteSpec(new("http://127.0.0.1:9")) { ForwardAuthorization = wanted }
        );
        return gateway;
    }

    // The list says which headers the call must have, and is asked for in the caller's name too.
    private static async Task<string?> ForwardedAsync(
        ScriptedConnection connection,
        string? ofList = null
    )
    {
        while (true)
        {
            var call = await connection.Calls.Reader.ReadAsync(Cancelled);
            if (call.Method == "tools/call")
            {
                return call.Envelope.ForwardedAuthorization;
            }

            var expected = call.Method == "tools/list" ? ofList : null;
            Assert.Equal(expected, call.Envelope.ForwardedAuthorization);
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, Cancelled);
}
