using System.Net;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Gantry.EndToEnd.Harness;
using Xunit;

namespace Gantry.EndToEnd.Access;

/// <summary>A daemon that asks everybody for a key, with the real command and real servers.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyTests : Scenario
{
    [Fact(Timeout = 120_000)]
    public async Task A_key_opens_a_fresh_daemon_and_nothing_else_does()
    {
        await StartAsync();
        var key = await CreateAsync("alice");

        await using var client = await OpenAsync("open", key);
        Assert.True((await client.CallAsync("pid", "{}", Token)).Number > 0);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("open", key: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("open", $"{key[..^2]}xx"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("nowhere", key: null));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_key_made_before_the_daemon_runs_works_and_is_kept_from_other_users()
    {
        Configure();
        var made = await new Command(
            Places.Gantry,
            ["key", "create", "early", "--state-dir", Path.Combine(Home, "state")]
        ).RunAsync(Token);
        await UpAsync();

        await using var client = await OpenAsync("open", made.Output.Trim());
        var file = Path.Combine(Home, "state", "api-keys.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(made.Output.Trim()[^40..], await File.ReadAllTextAsync(file, Token));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_revoked_key_ends_the_stream_that_is_open()
    {
        await StartAsync();
        var key = await CreateAsync("alice");
        await using var client = await OpenAsync("open", key);
        using var request = new HttpRequestMessage(HttpMethod.Get, Gantry.EndpointOf("open"));
        using var stream = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        var reading = stream.Content.ReadAsStringAsync(Token);
        Assert.False(reading.IsCompleted);

        var revoked = await Gantry.RunAsync(Token, "key", "revoke", key.Split('_')[1]);

        Assert.Equal(0, revoked.ExitCode);
        await reading.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("open", key));
        var list = await Gantry.RunAsync(Token, "key", "list");
        Assert.Contains("revoked", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, list.Output + Gantry.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_tenant_reaches_its_own_servers_and_everybodys()
    {
        await StartAsync();
        var key = await CreateAsync("other", "--tenant", "other");

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("ours", key));
        await using var client = await OpenAsync("open", key);
        var own = await CreateAsync("acme", "--tenant", "acme");
        await using var theirs = await OpenAsync("ours", own);
    }

    [Fact(Timeout = 120_000)]
    public async Task Over_its_rate_a_key_is_told_to_come_again()
    {
        await StartAsync();
        var key = await CreateAsync("busy", "--rate", "3/h");
        await using var client = await OpenAsync("open", key);
        await client.CallAsync("pid", "{}", Token);

        using var refused = await client.SendAsync(
            """{"jsonrpc":"2.0","id":9,"method":"tools/list"}""",
            Token
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Token))?["error"];
        Assert.Contains("rate of 3/h", $"{error?["message"]}", StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Beyond_loopback_it_starts_only_where_somebody_is_asked()
    {
        Write(TestServer("open"));

        var refused = await new Command(
            Places.Gantry,
            ["up", Config, "--listen", "0.0.0.0:0", "--state-dir", Path.Combine(Home, "other")]
        ).RunAsync(Token);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("gateway.allow_unauthenticated", refused.Error, StringComparison.Ordinal);
        Assert.Contains("gateway.allowed_hosts", refused.Error, StringComparison.Ordinal);
        Configure();
        await UpAsync();
    }

    private Task StartAsync()
    {
        Configure();
        return UpAsync();
    }

    private void Configure()
    {
        Write(TestServer("open"));
        var ours = JsonNode.Parse(TestServer("ours").ToJson());
        if (ours?["servers"]?["ours"] is { } server)
        {
            server["tenant"] = "acme";
        }

        File.WriteAllText(Path.Combine(Config, "ours.json"), ours?.ToJsonString());
        File.WriteAllText(
            Path.Combine(Config, "gantry.yaml"),
            "servers: {}\ngateway: { auth: { api_keys: true } }\n"
        );
    }

    private async Task<string> CreateAsync(params string[] arguments)
    {
        var made = await Gantry.RunAsync(Token, ["key", "create", .. arguments]);
        Assert.Equal(0, made.ExitCode);
        return made.Output.Trim();
    }

    private Task<McpClient> OpenAsync(string server, string key) =>
        McpClient.OpenAsync(Gantry.EndpointOf(server), key, Token);

    private async Task<HttpStatusCode> StatusAsync(string server, string? key)
    {
        await using var client = McpClient.To(Gantry.EndpointOf(server));
        using var request = new HttpRequestMessage(HttpMethod.Post, Gantry.EndpointOf(server))
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""",
                System.Text.Encoding.UTF8,
                "application/json"
            ),
        };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        using var answer = await client.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
