using System.Net;
using System.Net.Sockets;
using Gantry.Config;
using Gantry.Gateway.Duplex;
using Xunit;

namespace Gantry.Gateway;

public sealed class PortTests
{
    private const int Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_server_is_served_on_its_own_port_at_short_and_long_paths()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var port = FreePort();
        gateway.Define("echo", port: port);
        gateway.Ready("echo");
        await OpenAsync(gateway, "echo");
        var address = new Uri($"http://127.0.0.1:{port}");

        foreach (var path in new[] { "/", "/mcp", "/mcp/echo" })
        {
            using var client = new Client(new(address, path));
            await client.InitializeAsync();
            (await client.CallAsync("1", "tools/list")).GetProperty("result");
        }

        foreach (var path in new[] { "/", "/sse", "/mcp/sse", "/mcp/echo/sse" })
        {
            using var client = await SseClient.OpenAsync(address, path);
            (await client.InitializeAsync()).GetProperty("result");
        }

        using var http = new HttpClient { BaseAddress = address };
        Assert.Contains("ready", await http.GetStringAsync("/health", Cancelled));
        using var other = await http.GetAsync("/mcp/other", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact(Timeout = Patience)]
    public async Task Ports_come_and_go_without_disturbing_a_stream_on_another()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var (first, second) = (FreePort(), FreePort());
        gateway.Define("echo", port: first);
        var echo = gateway.Ready("echo");
        await OpenAsync(gateway, "echo");
        using var client = await SseClient.OpenAsync(new($"http://127.0.0.1:{first}"), "/sse");
        await client.InitializeAsync();

        gateway.Define("other", port: second);
        await OpenAsync(gateway, "other");
        gateway.Undefine("other");
        await UntilAsync(() => !gateway.Board.Current.Ports.ContainsKey(Name("other")));
        await RefusedAsync(second);

        echo.Say(Client.Notification("notifications/tools/list_changed"));
        (await client.Events.NextMessageAsync()).GetProperty("method");
        await client.SendAsync(Client.Request("1", "tools/list"));
        (await client.Events.NextMessageAsync()).GetProperty("result");
    }

    [Fact(Timeout = Patience)]
    public async Task A_port_that_somebody_has_is_reported_and_taken_when_it_is_free()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;

        gateway.Define("echo", port: port);
        await UntilAsync(() => Problem(gateway) is not null);
        Assert.Contains($"Port {port} of server 'echo' is taken by ", Problem(gateway));
        squatter.Stop();

        await UntilAsync(() =>
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            return gateway.Board.Current.Ports[Name("echo")].IsOpen;
        });
    }

    private static Task OpenAsync(GatewayUnderTest gateway, string server) =>
        UntilAsync(() =>
            gateway.Board.Current.Ports.GetValueOrDefault(Name(server)) is { IsOpen: true }
        );

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }
    }

    private static Task RefusedAsync(int port) =>
        UntilAsync(() =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        });

    private static string? Problem(GatewayUnderTest gateway) =>
        gateway.Board.Current.Ports.GetValueOrDefault(Name("echo"))?.Problem;

    private static ServerName Name(string text) => ServerName.Parse(text);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
