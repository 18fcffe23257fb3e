using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text;
using Gantry.Access;
using Gantry.Admin.Views;
using Gantry.Config;
using Gantry.Runtimes;
using Xunit;

namespace Gantry.Admin;

/// <summary>Who may do what at the admin API, once everybody is asked.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AccessTests
{
    private static readonly string s_yaml = $$"""
        servers:
          open: { command: server-files }
          ours: { command: server-files, tenant: acme }
          theirs: { command: server-files, tenant: other }
        gateway:
          auth:
            basic: { users: [{ name: eve, password: "${SECRET}", role: operator }] }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("GET", "servers", "viewer")]
    [InlineData("GET", "nowhere", "viewer")]
    [InlineData("POST", "servers/open/restart", "operator")]
    [InlineData("POST", "plan", "admin")]
    [InlineData("GET", "servers/nobody/trace", "admin")]
    [InlineData("POST", "servers/nobody/redact", "admin")]
    [InlineData("GET", "keys", "admin")]
    [InlineData("POST", "keys", "admin")]
    [InlineData("DELETE", "keys/x", "admin")]
    [InlineData("PUT", "anything", "admin")]
    public async Task Each_thing_takes_a_role(string method, string path, string role)
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        foreach (var word in (string[])["viewer", "caller", "operator", "admin"])
        {
            var key = await KeyAsync(daemon, new("test") { Role = word });
            using var response = await SendAsync(daemon, method, path, $"Bearer {key}");

            var isEnough = Roles.Parse(word) >= Roles.Parse(role);
            Assert.Equal(isEnough, response.StatusCode is not HttpStatusCode.Forbidden);
            Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null)]
    [InlineData("Bearer gk_a_b")]
    [InlineData("Basic ZXZlOndyb25n")]
    [InlineData("Basic bm9ib2R5Ondyb25n")]
    public async Task Loopback_is_asked_too_and_all_who_are_wrong_are_told_the_same(string? shown)
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);

        using var response = await SendAsync(daemon, "GET", "servers", shown);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("Basic realm=\"gantry\"", $"{response.Headers.WwwAuthenticate}");
        var problem = await response.Content.ReadFromJsonAsync(AdminJson.Wire.Problem, Token);
        Assert.StartsWith("Unauthorized: send 'Authorization: Bearer KEY'", problem?.Detail);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_password_opens_the_admin_api_and_nothing_else()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var shown =
            "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"eve:{Canary.Value}"));

        using var looked = await SendAsync(daemon, "GET", "servers", shown);
        using var restarted = await SendAsync(daemon, "POST", "servers/open/restart", shown);
        using var listed = await SendAsync(daemon, "GET", "keys", shown);
        using var called = await SendAsync(daemon, "POST", "../../mcp/open", shown);

        Assert.Equal(HttpStatusCode.OK, looked.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, restarted.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, listed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, called.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_admin_token_and_the_socket_open_everything()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);

        using var listed = await SendAsync(
            daemon,
            "GET",
            "keys",
            $"Bearer {daemon.State.AdminToken()}"
        );

        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        Assert.Empty(await daemon.Client.KeysAsync(Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tenant_sees_its_own_and_what_is_everybodys()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var key = await KeyAsync(daemon, new("test") { Role = "operator", Tenant = "acme" });

        using var all = await SendAsync(daemon, "GET", "servers", $"Bearer {key}");
        var servers = await all.Content.ReadFromJsonAsync(
            AdminJson.Wire.IReadOnlyListServerView,
            Token
        );
        using var hidden = await SendAsync(daemon, "GET", "servers/theirs", $"Bearer {key}");
        using var absent = await SendAsync(daemon, "GET", "servers/nobody", $"Bearer {key}");
        using var logs = await SendAsync(daemon, "GET", "logs?server=theirs", $"Bearer {key}");
        using var stopped = await SendAsync(daemon, "POST", "servers/theirs/stop", $"Bearer {key}");
        using var others = await SendAsync(daemon, "POST", "servers/open/stop", $"Bearer {key}");
        using var own = await SendAsync(daemon, "POST", "servers/ours/restart", $"Bearer {key}");

        Assert.Equal(["open", "ours"], servers?.Select(server => server.Name));
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.Equal(
            (await hidden.Content.ReadAsStringAsync(Token)).Replace("theirs", "nobody"),
            await absent.Content.ReadAsStringAsync(Token)
        );
        Assert.Equal(HttpStatusCode.NotFound, logs.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, stopped.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, others.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, own.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tenant_hears_of_its_own_servers_alone()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var key = await KeyAsync(daemon, new("test") { Tenant = "acme" });
        await daemon.Client.TellAsync("theirs", "restart", Token);
        await daemon.Client.TellAsync("ours", "restart", Token);
        using var request = Request("GET", "events?tail=1000", $"Bearer {key}");
        using var response = await daemon.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Token
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));

        var seen = new StringBuilder();
        while (!seen.ToString().Contains("restart", StringComparison.Ordinal))
        {
            seen.AppendLine(await reader.ReadLineAsync(Token));
        }

        Assert.DoesNotContain("theirs", seen.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("3 servers", seen.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tenant_reads_the_figures_of_its_own_servers_alone()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var key = await KeyAsync(daemon, new("test") { Role = "viewer", Tenant = "acme" });
        var overseer = await KeyAsync(daemon, new("overseer") { Role = "viewer" });

        using var all = await SendAsync(daemon, "GET", "../../metrics", $"Bearer {overseer}");
        using var own = await SendAsync(daemon, "GET", "../../metrics", $"Bearer {key}");
        var everything = await all.Content.ReadAsStringAsync(Token);
        var seen = await own.Content.ReadAsStringAsync(Token);

        Assert.Contains("server=\"theirs\"", everything, StringComparison.Ordinal);
        Assert.Contains("server=\"ours\"", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("server=\"theirs\"", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("server=\"open\"", seen, StringComparison.Ordinal);
        Assert.All(
            seen.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.True(line[0] is '#' || line.Contains("\"ours\""), line)
        );
    }

    [Theory(Timeout = 60_000)]
    [InlineData("theirs")]
    [InlineData("open")]
    public async Task A_tenants_admin_neither_sees_traffic_nor_logs_in_where_others_do(
        string server
    )
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var shown = $"Bearer {await AdminAsync(daemon)}";

        using var traced = await SendAsync(daemon, "GET", $"servers/{server}/trace", shown);
        using var redacted = await SendAsync(daemon, "POST", $"servers/{server}/redact", shown);
        using var entered = await SendAsync(daemon, "POST", $"servers/{server}/login", shown);
        using var left = await SendAsync(daemon, "DELETE", $"servers/{server}/login", shown);

        Assert.Equal(HttpStatusCode.NotFound, traced.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, redacted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, entered.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, left.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_log_that_is_followed_ends_when_the_server_becomes_another_tenants()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        using var request = Request(
            "GET",
            "logs?server=ours&follow=true",
            $"Bearer {await AdminAsync(daemon)}"
        );
        using var response = await daemon.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Token
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Speak(daemon, "theirs to read");
        while (!(await reader.ReadLineAsync(Token) ?? "").Contains("theirs to read")) { }

        await File.WriteAllTextAsync(
            daemon.ConfigFile,
            s_yaml.Replace("acme", "other", StringComparison.Ordinal),
            Token
        );
        var board = daemon.Engine.Board;
        var picture = board.Current;
        while (picture.Config.Servers[s_ours].Spec.Tenant != "other")
        {
            picture = await board.AfterAsync(picture.Version, Token);
        }

        Speak(daemon, "overheard");

        Assert.DoesNotContain("overheard", await reader.ReadToEndAsync(Token));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("", "http://127.0.0.1:")]
    [InlineData(
        "public_url: https://gantry.example.com/tools/",
        "https://gantry.example.com/tools"
    )]
    public async Task A_servers_address_is_the_one_that_clients_see(string setting, string expected)
    {
        var yaml = $"servers: {{ echo: {{ command: x }} }}\ngateway: {{ {setting} }}";
        await using var daemon = await TestDaemon.StartAsync(yaml, Token);

        var server = Assert.Single(await daemon.Client.ServersAsync(Token));

        Assert.StartsWith(expected, server.Url, StringComparison.Ordinal);
        Assert.EndsWith("/mcp/echo", server.Url, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_tenants_admin_has_to_do_with_the_keys_of_that_tenant_alone()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var admin = await KeyAsync(daemon, new("admin") { Role = "admin", Tenant = "acme" });
        var other = await daemon.Client.CreateKeyAsync(new("other"), Token);

        using var made = await CreateAsync(daemon, admin, new("made"));
        using var greedy = await CreateAsync(daemon, admin, new("made") { Tenant = "other" });
        using var revoked = await SendAsync(
            daemon,
            "DELETE",
            $"keys/{other.Key.Id}",
            $"Bearer {admin}"
        );
        using var listed = await SendAsync(daemon, "GET", "keys", $"Bearer {admin}");
        var keys = await listed.Content.ReadFromJsonAsync(
            AdminJson.Wire.IReadOnlyListKeyView,
            Token
        );

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, greedy.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, revoked.StatusCode);
        Assert.Equal(["acme", "acme"], keys?.Select(key => key.Tenant));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("", null, null, null, "name")]
    [InlineData("a", "king", null, null, "role")]
    [InlineData("a", null, "many", null, "rate")]
    [InlineData("a", null, null, "soon", "lifetime")]
    public async Task A_key_that_cannot_be_made_says_why(
        string name,
        string? role,
        string? rate,
        string? expires,
        string what
    )
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);

        using var refused = await CreateAsync(
            daemon,
            daemon.State.AdminToken(),
            new(name)
            {
                Role = role,
                Rate = rate,
                Expires = expires,
            }
        );

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(what, await refused.Content.ReadAsStringAsync(Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task Keys_outlive_the_daemon_and_no_secret_is_kept()
    {
        await using var daemon = await TestDaemon.StartAsync(s_yaml, Token);
        var key = await KeyAsync(daemon, new("test"));

        var file = await File.ReadAllTextAsync(daemon.State.ApiKeys, Token);

        Assert.DoesNotContain(key[^43..], file, StringComparison.Ordinal);
        Assert.Equal("test", Assert.Single(KeyPlace.Open(daemon.State.ApiKeys).Keys).Name);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(daemon.State.ApiKeys)
        );
    }

    private static readonly ServerName s_ours = ServerName.Parse("ours");

    private static void Speak(TestDaemon daemon, string text) =>
        daemon.Engine.Logs.Append(
            s_ours,
            new(TimeProvider.System.GetUtcNow(), new("ours-1"), LogSource.Error, text)
        );

    private static Task<string> AdminAsync(TestDaemon daemon) =>
        KeyAsync(daemon, new("admin") { Role = "admin", Tenant = "acme" });

    private static async Task<string> KeyAsync(TestDaemon daemon, KeyRequest request) =>
        (await daemon.Client.CreateKeyAsync(request, Token)).Secret;

    private static async Task<HttpResponseMessage> CreateAsync(
        TestDaemon daemon,
        string key,
        KeyRequest made
    )
    {
        using var request = Request("POST", "keys", $"Bearer {key}");
        request.Content = JsonContent.Create(made, AdminJson.Wire.KeyRequest);
        return await daemon.Http.SendAsync(request, Token);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        TestDaemon daemon,
        string method,
        string path,
        string? authorization
    )
    {
        using var request = Request(method, path, authorization);
        return await daemon.Http.SendAsync(request, Token);
    }

    private static HttpRequestMessage Request(string method, string path, string? authorization)
    {
        var request = new HttpRequestMessage(new(method), $"/api/v1/{path}");
        if (authorization is not null)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        }

        return request;
    }
}
