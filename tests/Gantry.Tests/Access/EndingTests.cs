using System.Net;
using System.Net.WebSockets;
using System.Text;
using Gantry.Config;
using Gantry.Gateway;
using Gantry.Gateway.Duplex;
using Xunit;

namespace Gantry.Access;

/// <summary>Streams of somebody who is welcome no more, and limits on them.</summary>
public sealed class EndingTests
{
    private static readonly GatewaySettings s_asking = new() { Auth = new(), Fingerprint = "1" };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_revoked_key_closes_the_socket_that_came_in_with_it_and_says_why()
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms());
        using var socket = await ConnectAsync(gateway, key.Text);

        gateway.Keys.Revoke(key.Key.Id, _ => true);

        Assert.Equal(
            (WebSocketCloseStatus.PolicyViolation, "What you came in with is not valid any more."),
            await ClosedAsync(socket)
        );
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/mcp/ours/sse")]
    [InlineData("/mcp/ours")]
    public async Task It_ends_event_streams_in_order(string path)
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms());
        using var stream = await OpenAsync(gateway, path, key.Text);

        gateway.Keys.Revoke(key.Key.Id, _ => true);

        while (await stream.NextAsync() is not null) { }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_becomes_another_tenants_is_gone_for_who_is_there()
    {
        await using var gateway = await AskingAsync();
        using var socket = await ConnectAsync(gateway, gateway.Keys.Create(Terms()).Text);
        using var stream = await OpenAsync(gateway, "/mcp/ours", gateway.Keys.Create(Terms()).Text);

        gateway.Define("ours", tenant: "other");

        while (await stream.NextAsync() is not null) { }

        var (status, why) = await ClosedAsync(socket);
        Assert.Equal(1013, (int?)status);
        Assert.Contains("server removed", why, StringComparison.Ordinal);
        Assert.DoesNotContain("other", why, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task So_it_is_for_a_socket_without_a_session()
    {
        await using var gateway = await AskingAsync();
        using var socket = await OpenSocketAsync(gateway, gateway.Keys.Create(Terms()).Text);

        gateway.Define("ours", tenant: "other");
        var closed = ClosedAsync(socket);
        while (!closed.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(
                closed,
                Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled)
            );
        }

        Assert.Equal(1013, (int?)(await closed).Status);
    }

    [Fact(Timeout = 30_000)]
    public async Task For_another_tenant_there_is_no_socket()
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms() with { Tenant = "other" }).Text;

        var refused = await Assert.ThrowsAsync<WebSocketException>(() =>
            OpenSocketAsync(gateway, key)
        );

        Assert.Contains("404", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Over_its_rate_a_request_on_a_socket_is_refused_and_the_socket_stays()
    {
        await using var gateway = await AskingAsync();
        // One for the door, one for the introduction, one for the call.
        var limits = new Limits(Rate.Parse("3/m"), null);
        var key = gateway.Keys.Create(Terms() with { Limits = limits }).Text;
        using var socket = await ConnectAsync(gateway, key);

        await SendAsync(socket, Client.Request("1", "tools/list"));
        (await ReceiveAsync(socket)).GetProperty("result");
        await SendAsync(socket, Client.Request("2", "tools/list"));
        var refused = (await ReceiveAsync(socket)).GetProperty("error");

        Assert.Contains("rate of 3/m", refused.GetProperty("message").GetString());
        gateway.Clock.Advance(TimeSpan.FromSeconds(20));
        await SendAsync(socket, Client.Request("3", "tools/list"));
        (await ReceiveAsync(socket)).GetProperty("result");
    }

    [Fact(Timeout = 30_000)]
    public async Task So_many_at_a_time_holds_on_a_socket_too()
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms() with { Limits = new(null, 1) }).Text;
        using var socket = await ConnectAsync(gateway, key);
        var connection = gateway.Runtime.Connections.Values.Single();
        connection.Script = null;

        await SendAsync(socket, Client.Request("1", "tools/call"));
        var call = await connection.Calls.Reader.ReadAsync(Cancelled);
        while (call.Method != "tools/call")
        {
            call = await connection.Calls.Reader.ReadAsync(Cancelled);
        }

        await SendAsync(socket, Client.Request("2", "tools/call"));
        var refused = await ReceiveAsync(socket);
        call.Respond("{}");

        Assert.Equal(2, refused.GetProperty("id").GetInt32());
        Assert.Contains(
            "1 at a time",
            refused.GetProperty("error").GetProperty("message").GetString()
        );
        Assert.Equal(1, (await ReceiveAsync(socket)).GetProperty("id").GetInt32());
    }

    private static KeyTerms Terms() => new("test", Role.Caller, "acme", Limits.None);

    private static async Task<GatewayUnderTest> AskingAsync()
    {
        var gateway = await GatewayUnderTest.StartAsync();
        gateway.Define("ours", tenant: "acme");
        gateway.Ready("ours");
        gateway.Configure(s_asking);
        return gateway;
    }

    /// <summary>A stream on which nothing is said any more.</summary>
    private static async Task<Events> OpenAsync(GatewayUnderTest gateway, string path, string key)
    {
        if (path.EndsWith("/sse", StringComparison.Ordinal))
        {
            var old = await SseClient.OpenAsync(gateway.Address, path, $"Bearer {key}");
            await old.InitializeAsync();
            return old.Events;
        }

        var client = gateway.NewClient("ours");
        client.Authorization = $"Bearer {key}";
        await client.InitializeAsync();
        return new(await client.GetAsync());
    }

    private static async Task<ClientWebSocket> ConnectAsync(GatewayUnderTest gateway, string key)
    {
        var socket = await OpenSocketAsync(gateway, key);
        await SendAsync(socket, Client.Initialize());
        await ReceiveAsync(socket);
        return socket;
    }

    private static async Task<ClientWebSocket> OpenSocketAsync(GatewayUnderTest gateway, string key)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mcp");
        socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        var address = new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/mcp/ours/ws" }.Uri;
        await socket.ConnectAsync(address, Cancelled);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, Cancelled);

    private static async Task<System.Text.Json.JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        while (true)
        {
            var buffer = new byte[64 * 1024];
            var read = await socket.ReceiveAsync(buffer, Cancelled);
            Assert.Equal(WebSocketMessageType.Text, read.MessageType);
            var message = Client.Parse(Encoding.UTF8.GetString(buffer, 0, read.Count));
            if (message.TryGetProperty("id", out _))
            {
                return message;
            }
        }
    }

    private static async Task<(WebSocketCloseStatus? Status, string? Why)> ClosedAsync(
        ClientWebSocket socket
    )
    {
        var buffer = new byte[64 * 1024];
        while (
            (await socket.ReceiveAsync(buffer, Cancelled)).MessageType
                is not WebSocketMessageType.Close
        ) { }

        return (socket.CloseStatus, socket.CloseStatusDescription);
    }
}
