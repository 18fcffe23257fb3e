using System.Net;
using System.Net.Sockets;
using Gantry.Admin;
using Xunit;

namespace Gantry.Daemon;

/// <summary>One daemon on several addresses.</summary>
public sealed class SeveralListenersTests : IDisposable
{
    private const string Open = "servers: { echo: { command: cat } }";

    private const string Asking = """
        servers: { echo: { command: cat } }
        gateway: { auth: { api_keys: true } }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gantry-test-");

    private ListenAddress.Socket Place => new(Path.Combine(_directory.FullName, "clients.sock"));

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task Each_serves_the_same()
    {
        var second = new ListenAddress.Tcp(new(IPAddress.Loopback, 0));
        await using var daemon = await StartAsync(Open, second, Place);
        using var socket = Over(Place);

        var listed = await socket.GetStringAsync("/api/v1/servers", Token);

        Assert.Contains("\"echo\"", listed, StringComparison.Ordinal);
        Assert.Equal(listed, await daemon.Http.GetStringAsync("/api/v1/servers", Token));
        Assert.Equal(3, daemon.Addresses.Count);
        using var other = new HttpClient { BaseAddress = new(daemon.Addresses[1]) };
        Assert.Equal(listed, await other.GetStringAsync("/api/v1/servers", Token));
        Assert.Equal(Place.ToString(), daemon.Addresses[2]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_socket_for_clients_lets_nobody_administer()
    {
        await using var daemon = await StartAsync(Open, Place);
        using var socket = Over(Place);

        using var response = await socket.PostAsync("/api/v1/servers/echo/stop", null, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_everybody_is_asked_they_are_asked_on_a_socket_too()
    {
        await using var daemon = await StartAsync(Asking, Place);
        using var socket = Over(Place);

        using var response = await socket.GetAsync("/mcp/echo", Token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Unless_it_is_named_as_one_on_which_nobody_is()
    {
        var yaml = Asking.Replace(
            "true }",
            $"true }}, allow_unauthenticated: ['{Place}']",
            StringComparison.Ordinal
        );
        await using var daemon = await StartAsync(yaml, Place);
        using var socket = Over(Place);

        using var response = await socket.GetAsync("/mcp/echo", Token);
        using var overTcp = await daemon.Http.GetAsync("/mcp/echo", Token);

        Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, overTcp.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_a_socket_leaves_is_nothing()
    {
        await using (await StartAsync(Open, Place))
        {
            Assert.True(File.Exists(Place.Path));
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<TestDaemon> StartAsync(string yaml, params ListenAddress[] more) =>
        TestDaemon.StartAsync(yaml, Token, [.. more]);

    private static HttpClient Over(ListenAddress.Socket place)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.IP);
                var at = new UnixDomainSocketEndPoint(place.Path);
                await socket.ConnectAsync(at, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new(handler) { BaseAddress = new("http://localhost") };
    }
}
