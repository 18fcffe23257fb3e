using System.Net;
using Gantry.Config;
using Xunit;

namespace Gantry.Runtimes.Remote.Authorization;

public sealed class LoginTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_asks_for_a_login_gets_one()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["read"];
        using var visitor = new Visitor(authority);

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        var question = Assert.Single(authority.Questions);
        Assert.Equal("read", question["scope"]);
        Assert.Equal("S256", question["code_challenge_method"]);
        Assert.Equal(authority.Resource.ToString(), question["resource"]);
        var exchange = Assert.Single(authority.TokenRequests);
        Assert.Equal(authority.Resource.ToString(), exchange["resource"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_browser_the_refusal_says_what_to_run()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority, hasBrowser: false);

        Assert.Equal("needs login: run 'gantry login tracker'", await visitor.RefusalAsync());
        Assert.Equal(["/mcp"], authority.Paths);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_login_made_by_hand_serves_the_next_call()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["read"];
        using var visitor = new Visitor(authority, hasBrowser: false);

        var login = await visitor.Logins.LoginAsync(
            Visitor.Server,
            null,
            visitor.OpenAsync,
            Cancelled
        );

        Assert.Equal(["read"], login.Scopes);
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://evil.example.com", false)]
    [InlineData("/", false)]
    [InlineData(null, true)]
    public async Task An_answer_from_another_issuer_gives_no_code_away(string? iss, bool isPromised)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.AnswerIssuer = () => iss is "/" ? authority.Issuer + "/" : iss;
        authority.PromisesIssuer = isPromised;
        using var visitor = new Visitor(authority);

        Assert.Contains("mix up", await visitor.RefusalAsync());
        Assert.Empty(authority.TokenRequests);
    }

    [Fact(Timeout = 30_000)]
    public async Task Metadata_of_another_issuer_are_not_used()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.MetadataIssuer = "https://evil.example.com";
        using var visitor = new Visitor(authority);

        Assert.Contains("belong to another issuer", await visitor.RefusalAsync());
        Assert.Empty(authority.Questions);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://evil.example.com/mcp")]
    [InlineData("{origin}/mcpother")]
    [InlineData("{origin}/mcp/deeper")]
    public async Task A_server_that_describes_another_is_not_believed(string resource)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NamedResource = resource.Replace(
            "{origin}",
            authority.Origin,
            StringComparison.Ordinal
        );
        using var visitor = new Visitor(authority);

        Assert.Contains("describe another server", await visitor.RefusalAsync());
        Assert.Empty(authority.Questions);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_pkce_nobody_is_asked()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.HasPkce = false;
        using var visitor = new Visitor(authority);

        Assert.Contains("PKCE", await visitor.RefusalAsync());
        Assert.Empty(authority.Questions);
    }

    [Fact(Timeout = 30_000)]
    public async Task Metadata_without_end_are_not_read()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.MetadataPadding = 1_000_000;
        using var visitor = new Visitor(authority);

        Assert.Contains("more than 256 KiB", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Metadata_that_do_not_come_are_given_up()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.MetadataHold = new();
        var clock = new FakeClock();
        using var visitor = new Visitor(authority, time: clock);

        var refusal = visitor.RefusalAsync();
        while (!refusal.IsCompleted)
        {
            await Task.WhenAny(refusal, clock.SleepersAsync(1, Cancelled));
            clock.Advance(TimeSpan.FromSeconds(authority.Paths.Count > 2 ? 11 : 0));
            await Task.Yield();
        }

        Assert.Contains("did not answer within 10 s", await refusal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://evil.example.com/metadata")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("file:///etc/passwd")]
    public async Task A_redirect_to_another_place_is_not_followed(string place)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.MetadataRedirect = place;
        using var visitor = new Visitor(authority);

        Assert.Contains("not followed", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_redirect_without_end_ends()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.MetadataRedirect = "/.well-known/oauth-authorization-server/as";
        using var visitor = new Visitor(authority);

        Assert.Contains("without end", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_without_metadata_is_served_by_the_rules_of_its_time()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.HasMetadata = false;
        using var visitor = new Visitor(authority);

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        Assert.Contains("/authorize", authority.Paths);
    }

    [Fact(Timeout = 30_000)]
    public async Task Nothing_secret_is_said_anywhere()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.Methods = ["client_secret_basic"];
        using var visitor = new Visitor(authority);

        await visitor.CallAsync();
        authority.RefusesRefresh = true;
        authority.Revoke();
        authority.AnswerIssuer = () => "https://evil.example.com";
        var refusal = await visitor.RefusalAsync();
        var shown =
            $"{refusal}\n{string.Join('\n', visitor.Said)}\n{visitor.Vault.Read()}\n"
            + string.Join('\n', visitor.Vault.Read().Logins)
            + string.Join('\n', visitor.Vault.Read().Registrations)
            + string.Join('\n', visitor.Logins.List());

        Assert.NotEmpty(visitor.Said);
        Assert.NotEmpty(authority.Given);
        Assert.DoesNotContain(
            authority.Given,
            secret =>
                !secret.StartsWith("client", StringComparison.Ordinal)
                && shown.Contains(secret, StringComparison.Ordinal)
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_is_shown_to_the_address_that_it_was_given_for_only()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority);
        await visitor.CallAsync();

        foreach (var other in (string[])["https://elsewhere.example.com/mcp", "/other"])
        {
            var address = new Uri(authority.Resource, other);
            Assert.Null(
                await visitor.Credentials.GetAsync(Visitor.Server, address, new(null), Cancelled)
            );
        }

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        Assert.Single(authority.Questions);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_fixed_token_is_shown_as_it_is()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority)
        {
            Auth = new BearerAuth(new Expandable("${TOKEN}", "canary")),
        };

        var header = await visitor.Credentials.GetAsync(
            Visitor.Server,
            visitor.Resource,
            new(null),
            Cancelled
        );

        Assert.Equal("Bearer canary", header?.ToString());
        var refusal = await visitor.RefusalAsync();
        Assert.DoesNotContain("canary", refusal, StringComparison.Ordinal);
        Assert.Contains("refuses the token", refusal);
    }
}
