using System.Net;
using Gantry.Admin.Views;
using Gantry.Cli.Client;
using Gantry.Runtimes.Remote.Authorization;
using Xunit;

namespace Gantry.Admin;

public sealed class LoginsApiTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_login_is_led_by_the_daemon_and_shows_no_secret()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await StartAsync(authority);
        using var browser = new HttpClient();
        var said = new List<LoginStepView>();

        await foreach (var step in daemon.Client.LoginAsync("tracker", null, Cancelled))
        {
            said.Add(step);
            if (step.Open is { } address)
            {
                using var page = await browser.GetAsync(address, Cancelled);
            }
        }

        Assert.Equal(2, said.Count);
        Assert.Equal(authority.Issuer, said[1].Login?.Issuer);
        var listed = await daemon.Http.GetStringAsync("/api/v1/logins", Cancelled);
        Assert.Contains("\"server\":\"tracker\"", listed, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"good\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", listed, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_login_that_fails_says_why()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.HasPkce = false;
        await using var daemon = await StartAsync(authority);

        var steps = daemon.Client.LoginAsync("tracker", null, Cancelled);

        var step = Assert.Single(await steps.ToListAsync(Cancelled));
        Assert.Contains("PKCE", step.Problem);
    }

    [Fact(Timeout = 30_000)]
    public async Task Whoever_leaves_gives_the_login_up()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await StartAsync(authority);
        Uri? address = null;

        await foreach (var step in daemon.Client.LoginAsync("tracker", null, Cancelled))
        {
            address = new(step.Open ?? "");
            break;
        }

        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address?.Query);
        await GoneAsync(new($"{query["redirect_uri"]}"));
        Assert.Empty(authority.TokenRequests);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_logout_forgets_and_says_when_there_was_nothing()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await StartAsync(authority);
        using var browser = new HttpClient();
        await daemon.Engine.Logins.LoginAsync(
            Visitor.Server,
            null,
            async (address, token) => (await browser.GetAsync(address, token)).Dispose(),
            Cancelled
        );

        await daemon.Client.LogoutAsync("tracker", null, Cancelled);

        Assert.Equal("[]", await daemon.Http.GetStringAsync("/api/v1/logins", Cancelled));
        var refusal = await Assert.ThrowsAsync<Cli.CommandFailedException>(() =>
            daemon.Client.LogoutAsync("tracker", null, Cancelled)
        );
        Assert.Contains("no login to 'tracker'", refusal.Message);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("traker", "There is no server 'traker'")]
    [InlineData("files", "is no server with a url")]
    public async Task There_is_nothing_to_log_in_to(string server, string why)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await StartAsync(authority);

        Assert.Contains(why, await RefusalAsync(daemon.Client, server));
    }

    [Fact(Timeout = 30_000)]
    public async Task Over_tcp_nobody_logs_in_or_out_without_the_token()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        await using var daemon = await StartAsync(authority);
        const string Path = "/api/v1/servers/tracker/login";

        using var login = await daemon.Http.PostAsync(Path, null, Cancelled);
        using var logout = await daemon.Http.DeleteAsync(Path, Cancelled);

        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, logout.StatusCode);
    }

    private static Task<TestDaemon> StartAsync(Authority authority) =>
        TestDaemon.StartAsync(
            $"""
            servers:
              tracker:
                url: {authority.Resource}
              files:
                command: node
            """,
            Cancelled
        );

    private static async Task<string> RefusalAsync(DaemonClient client, string server)
    {
        try
        {
            var steps = await client.LoginAsync(server, null, Cancelled).ToListAsync(Cancelled);
            return steps[^1].Problem ?? "";
        }
        catch (Cli.CommandFailedException exception)
        {
            return exception.Message;
        }
    }

    // The listener ends a moment after the client has left.
    private static async Task GoneAsync(Uri redirect)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var page = await http.GetAsync(redirect, Cancelled);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }
}
