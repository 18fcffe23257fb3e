using System.Net;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using Xunit;

namespace Gantry.Admin;

[UnsupportedOSPlatform("windows")]
public sealed class AdminGuardTests
{
    private const string Yaml = "servers: { files: { command: server-files } }";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 30_000)]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("10.0.0.1")]
    public async Task A_name_that_is_not_this_machines_is_refused(string host)
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var status = await SendAsync(daemon, "servers", request => request.Headers.Host = host);

        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost:1")]
    [InlineData("null")]
    public async Task A_page_of_somebody_else_is_refused(string origin)
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var status = await SendAsync(
            daemon,
            "servers",
            request => request.Headers.Add("Origin", origin)
        );

        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("servers/files/trace")]
    [InlineData("servers/files/TRACE/")]
    public async Task Who_only_looks_around_sees_no_traffic(string path)
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var status = await SendAsync(daemon, path, _ => { });

        Assert.Equal(HttpStatusCode.Unauthorized, status);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_daemons_own_page_is_welcome()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var status = await SendAsync(
            daemon,
            "servers",
            request =>
                request.Headers.Add("Origin", daemon.Http.BaseAddress?.ToString().TrimEnd('/'))
        );

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic dTpw")]
    public async Task Without_the_token_nothing_is_changed_over_tcp(string? authorization)
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/servers/files/stop");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await daemon.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var answer = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains(daemon.State.TokenFile, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.State.AdminToken(), answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task With_the_token_it_is()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        var status = await SendAsync(
            daemon,
            "servers/files/stop",
            request =>
            {
                request.Method = HttpMethod.Post;
                request.Headers.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    daemon.State.AdminToken()
                );
            }
        );

        Assert.Equal(HttpStatusCode.Accepted, status);
    }

    [Fact(Timeout = 30_000)]
    public async Task Over_the_unix_socket_no_token_is_needed()
    {
        await using var daemon = await TestDaemon.StartAsync(Yaml, Token);

        await daemon.Client.TellAsync("files", "restart", Token);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(daemon.State.Socket)
        );
    }

    private static async Task<HttpStatusCode> SendAsync(
        TestDaemon daemon,
        string path,
        Action<HttpRequestMessage> change
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{path}");
        change(request);
        using var response = await daemon.Http.SendAsync(request, Token);
        return response.StatusCode;
    }
}
