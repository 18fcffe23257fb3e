using System.Net;
using Gantry.Config;
using Gantry.Gateway;
using Xunit;

namespace Gantry.Access;

/// <summary>Browsers, proxies and names.</summary>
public sealed class WebTests
{
    private const string Page = "https://app.example.com";

    private static readonly GatewaySettings s_settings = new()
    {
        Auth = new() { Issuers = [new("https://login.example.com") { RequiredScopes = ["mcp"] }] },
        CorsOrigins = [Page],
        AllowedHosts = ["gantry.example.com"],
    };

    [Fact(Timeout = 30_000)]
    public async Task A_listed_page_may_ask_in_advance_without_credentials()
    {
        await using var gateway = await StartAsync(s_settings);

        using var response = await SendAsync(
            gateway,
            HttpMethod.Options,
            "/mcp/echo",
            Page,
            [
                ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "mcp-session-id, mcp-param-region, x-other"),
            ]
        );

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Page, Header(response, "Access-Control-Allow-Origin"));
        var allowed = Header(response, "Access-Control-Allow-Headers");
        Assert.Contains("Mcp-Session-Id", allowed, StringComparison.Ordinal);
        Assert.Contains("mcp-param-region", allowed, StringComparison.Ordinal);
        Assert.DoesNotContain("x-other", allowed, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(@"/^https:\/\/[^.]+\.example\.com$/", Page, true)]
    [InlineData(@"/^https:\/\/[^.]+\.example\.com$/", "https://a.b.example.com", false)]
    [InlineData(@"/example\.com$/", "https://evil-example.com", true)]
    [InlineData(@"/example\.com$/", "https://example.com.evil", false)]
    public async Task A_page_may_be_listed_by_a_pattern(string pattern, string page, bool isListed)
    {
        await using var gateway = await StartAsync(s_settings with { CorsOrigins = [pattern] });

        using var response = await SendAsync(gateway, HttpMethod.Post, "/mcp/echo", page);

        Assert.Equal(isListed, response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact(Timeout = 30_000)]
    public async Task It_may_read_the_session_and_why_it_was_refused()
    {
        await using var gateway = await StartAsync(s_settings);

        using var response = await SendAsync(gateway, HttpMethod.Post, "/mcp/echo", Page);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(Page, Header(response, "Access-Control-Allow-Origin"));
        var exposed = Header(response, "Access-Control-Expose-Headers");
        Assert.Contains("Mcp-Session-Id", exposed, StringComparison.Ordinal);
        Assert.Contains("WWW-Authenticate", exposed, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Any_other_page_is_told_nothing()
    {
        await using var gateway = await StartAsync(s_settings);

        using var response = await SendAsync(
            gateway,
            HttpMethod.Options,
            "/mcp/echo",
            "https://evil.example.com",
            [("Access-Control-Request-Method", "POST")]
        );

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("gantry.example.com", HttpStatusCode.Unauthorized)]
    [InlineData("gantry.example.com:444", HttpStatusCode.Unauthorized)]
    [InlineData("other.example.com", HttpStatusCode.Forbidden)]
    [InlineData("gantry.example.com.evil.example", HttpStatusCode.Forbidden)]
    public async Task Only_listed_names_are_answered_to(string host, HttpStatusCode status)
    {
        await using var gateway = await StartAsync(s_settings);

        using var response = await SendAsync(
            gateway,
            HttpMethod.Post,
            "/mcp/echo",
            null,
            [("Host", host)]
        );

        Assert.Equal(status, response.StatusCode);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/mcp/echo", "/mcp/echo")]
    [InlineData("/mcp/nobody/sse", "/mcp/nobody")]
    [InlineData("/mcp", "/mcp")]
    public async Task Who_is_refused_learns_where_tokens_come_from(string path, string resource)
    {
        await using var gateway = await StartAsync(s_settings);

        using var refused = await SendAsync(gateway, HttpMethod.Post, path);
        var root = gateway.Address.GetLeftPart(UriPartial.Authority);
        var at = $"{root}/.well-known/oauth-protected-resource{resource}";
        Assert.Equal(
            $"Bearer realm=\"gantry\", resource_metadata=\"{at}\", scope=\"mcp\"",
            $"{refused.Headers.WwwAuthenticate}"
        );

        using var described = await SendAsync(gateway, HttpMethod.Get, new Uri(at).AbsolutePath);
        var metadata = await Client.JsonAsync(described);
        Assert.Equal($"{root}{resource}", metadata.GetProperty("resource").GetString());
        Assert.Equal(
            "https://login.example.com",
            metadata.GetProperty("authorization_servers")[0].GetString()
        );
        Assert.Equal("mcp", metadata.GetProperty("scopes_supported")[0].GetString());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/.well-known/oauth-protected-resource/mcp/echo")]
    [InlineData("/.well-known/oauth-protected-resource/tools/mcp/echo")]
    public async Task Behind_a_path_prefix_addresses_are_those_that_clients_see(string asked)
    {
        await using var gateway = await StartAsync(
            s_settings with
            {
                PublicUrl = new("https://example.com/tools/"),
            }
        );

        using var refused = await SendAsync(gateway, HttpMethod.Post, "/mcp/echo");
        using var described = await SendAsync(gateway, HttpMethod.Get, asked);

        Assert.Contains(
            "\"https://example.com/tools/.well-known/oauth-protected-resource/mcp/echo\"",
            $"{refused.Headers.WwwAuthenticate}",
            StringComparison.Ordinal
        );
        Assert.Equal(
            "https://example.com/tools/mcp/echo",
            (await Client.JsonAsync(described)).GetProperty("resource").GetString()
        );
    }

    [Theory(Timeout = 30_000)]
    [InlineData("127.0.0.1", "https://gantry.example.com/tools/")]
    [InlineData("127.0.0.0/8", "https://gantry.example.com/tools/")]
    [InlineData("10.0.0.0/8", "http://127.0.0.1")]
    public async Task What_a_proxy_says_counts_only_from_one_that_is_trusted(
        string trusted,
        string expected
    )
    {
        await using var gateway = await StartAsync(s_settings with { TrustedProxies = [trusted] });

        using var refused = await SendAsync(
            gateway,
            HttpMethod.Post,
            "/mcp/echo",
            null,
            [
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Host", "gantry.example.com"),
                ("X-Forwarded-Prefix", "/tools"),
            ]
        );

        Assert.Contains(
            $"resource_metadata=\"{expected}",
            $"{refused.Headers.WwwAuthenticate}",
            StringComparison.Ordinal
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_provider_there_is_no_metadata()
    {
        await using var gateway = await StartAsync(new() { Auth = new() });

        using var response = await SendAsync(
            gateway,
            HttpMethod.Get,
            "/.well-known/oauth-protected-resource/mcp/echo"
        );

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static async Task<GatewayUnderTest> StartAsync(GatewaySettings settings)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        gateway.Configure(settings);
        return gateway;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        GatewayUnderTest gateway,
        HttpMethod method,
        string path,
        string? origin = null,
        IEnumerable<(string Name, string Value)>? headers = null
    )
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(gateway.Address, path));
        foreach (var (name, value) in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(',', response.Headers.GetValues(name));
}
