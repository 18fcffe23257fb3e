using System.Net.Http.Headers;
using System.Text;
using Gantry.Config;
using Gantry.Runtimes.Remote.Authorization;
using Gantry.Wire;
using Xunit;

namespace Gantry.Admin;

/// <summary>What a tenant's people no longer see, or never do.</summary>
public sealed class TenantTests
{
    private static readonly ServerName s_ours = ServerName.Parse("ours");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_trace_ends_when_the_server_becomes_another_tenants()
    {
        const string yaml = """
            servers: { ours: { command: server-files, tenant: acme } }
            gateway: { auth: { api_keys: true } }
            """;
        await using var daemon = await TestDaemon.StartAsync(yaml, Cancelled);
        using var response = await GetAsync(daemon, "servers/ours/trace", "admin");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        await UntilAsync(reader, "header");
        Pass(daemon, "theirs-to-see");
        await UntilAsync(reader, "theirs-to-see");

        var moved = yaml.Replace("acme", "other", StringComparison.Ordinal);
        await File.WriteAllTextAsync(daemon.ConfigFile, moved, Cancelled);
        var board = daemon.Engine.Board;
        var picture = board.Current;
        while (picture.Config.Servers[s_ours].Spec.Tenant != "other")
        {
            picture = await board.AfterAsync(picture.Version, Cancelled);
        }

        Pass(daemon, "overheard");

        Assert.DoesNotContain("overheard", await reader.ReadToEndAsync(Cancelled));
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_logins_a_tenant_sees_those_to_its_own_servers_alone()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await TestDaemon.StartAsync(
            $$"""
            servers:
              ours: { url: "{{authority.Resource}}", tenant: acme }
              theirs: { url: "{{authority.Resource}}", tenant: other }
              open: { url: "{{authority.Resource}}" }
            gateway: { auth: { api_keys: true } }
            """,
            Cancelled
        );
        using var browser = new HttpClient();
        foreach (var name in (string[])["ours", "theirs", "open"])
        {
            await daemon.Engine.Logins.LoginAsync(
                ServerName.Parse(name),
                null,
                async (address, token) => (await browser.GetAsync(address, token)).Dispose(),
                Cancelled
            );
        }

        using var response = await GetAsync(daemon, "logins", "viewer");
        var seen = await response.Content.ReadAsStringAsync(Cancelled);
        var all = daemon.Engine.Logins.List();

        Assert.Equal(3, all.Length);
        Assert.Contains("\"server\":\"ours\"", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("\"theirs\"", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("\"open\"", seen, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> GetAsync(
        TestDaemon daemon,
        string path,
        string role
    )
    {
        var key = await daemon.Client.CreateKeyAsync(
            new("test") { Role = role, Tenant = "acme" },
            Cancelled
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key.Secret);
        var response = await daemon.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Cancelled
        );
        return response.EnsureSuccessStatusCode();
    }

    private static async Task UntilAsync(StreamReader reader, string text)
    {
        while (!(await reader.ReadLineAsync(Cancelled) ?? "").Contains(text)) { }
    }

    private static void Pass(TestDaemon daemon, string what)
    {
        using var frame = Frame.Parse(
            Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"{{what}}"}""")
        );
        daemon.Engine.Taps.Of(s_ours).FromClient("1", frame);
    }
}
