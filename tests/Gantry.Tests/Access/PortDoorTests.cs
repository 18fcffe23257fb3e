using System.Net;
using System.Net.Sockets;
using System.Text;
using Gantry.Config;
using Gantry.Gateway;
using Xunit;

namespace Gantry.Access;

/// <summary>The front door of a port that one server has to itself.</summary>
public sealed class PortDoorTests
{
    private const string Page = "https://app.example.com";
    private const string Metadata = "/.well-known/oauth-protected-resource";

    private static readonly GatewaySettings s_settings = new()
    {
        Auth = new() { Issuers = [new("https://login.example.com")] },
        CorsOrigins = [Page],
        PublicUrl = new("https://gantry.example.com/tools"),
        Fingerprint = "1",
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_listed_page_may_use_it_and_no_other()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var http = await OpenAsync(gateway, s_settings with { Auth = null });

        using var asked = await SendAsync(
            http,
            HttpMethod.Options,
            "/",
            ("Origin", Page),
            ("Access-Control-Request-Method", "POST")
        );
        using var called = await SendAsync(http, HttpMethod.Post, "/", ("Origin", Page));
        using var other = await SendAsync(
            http,
            HttpMethod.Post,
            "/",
            ("Origin", "https://evil.example.com")
        );

        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Equal([Page], called.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.OK, called.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact(Timeout = 30_000)]
    public async Task It_is_a_resource_of_its_own()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var http = await OpenAsync(gateway, s_settings);
        var root = $"{http.BaseAddress}".TrimEnd('/');

        using var refused = await SendAsync(http, HttpMethod.Post, "/");
        using var described = await SendAsync(http, HttpMethod.Get, Metadata);
        using var below = await SendAsync(http, HttpMethod.Get, $"{Metadata}/mcp");
        using var absent = await SendAsync(http, HttpMethod.Get, $"{Metadata}/other");

        Assert.Contains(
            $"resource_metadata=\"{root}{Metadata}\"",
            $"{refused.Headers.WwwAuthenticate}",
            StringComparison.Ordinal
        );
        Assert.Equal(root, await ResourceAsync(described));
        Assert.Equal($"{root}/mcp", await ResourceAsync(below));
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Limits_and_tenants_hold_there()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var http = await OpenAsync(gateway, s_settings, tenant: "acme");
        var limits = new Limits(Rate.Parse("1/m"), null);
        var ours = gateway.Keys.Create(new("ours", Role.Caller, "acme", limits)).Text;
        var others = gateway.Keys.Create(new("others", Role.Caller, "other", Limits.None)).Text;

        using var first = await SendAsync(http, HttpMethod.Post, "/", ("X-API-Key", ours));
        using var second = await SendAsync(http, HttpMethod.Post, "/", ("X-API-Key", ours));
        using var hidden = await SendAsync(http, HttpMethod.Post, "/", ("X-API-Key", others));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    private static async Task<HttpClient> OpenAsync(
        GatewayUnderTest gateway,
        GatewaySettings settings,
        string? tenant = null
    )
    {
        var port = FreePort();
        gateway.Configure(settings);
        gateway.Define("echo", port: port, tenant: tenant);
        gateway.Ready("echo");
        while (gateway.Board.Current.Ports.Values.FirstOrDefault() is not { IsOpen: true })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }

        return new() { BaseAddress = new($"http://127.0.0.1:{port}") };
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient http,
        HttpMethod method,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
        {
            request.Headers.Add("Accept", "application/json, text/event-stream");
            request.Content = new StringContent(
                Client.Initialize(),
                Encoding.UTF8,
                "application/json"
            );
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await http.SendAsync(request, Cancelled);
    }

    private static async Task<string?> ResourceAsync(HttpResponseMessage response) =>
        (await Client.JsonAsync(response)).GetProperty("resource").GetString();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
