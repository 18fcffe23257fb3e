using System.Net;
using System.Net.Http.Headers;
using Gantry.Config;
using Xunit;

namespace Gantry.Runtimes.Remote.Authorization;

public sealed class RenewalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_token_is_renewed_before_it_ends_once_however_many_need_it()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        var clock = new FakeClock();
        using var visitor = new Visitor(authority, time: clock);
        await visitor.CallAsync();
        var first = authority.RefreshToken;

        clock.Advance(TimeSpan.FromSeconds(3590));
        var headers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(visitor)));

        Assert.Single(headers.Distinct());
        var renewal = Assert.Single(Grants(authority, "refresh_token"));
        Assert.Equal(first, renewal["refresh_token"]);
        Assert.Equal(authority.Resource.ToString(), renewal["resource"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_next_renewal_uses_what_the_last_one_gave()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        var clock = new FakeClock();
        using var visitor = new Visitor(authority, time: clock);
        await visitor.CallAsync();

        for (var hour = 0; hour < 3; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        }

        Assert.Equal(3, Grants(authority, "refresh_token").Count());
        Assert.Single(authority.Questions);
    }

    [Fact(Timeout = 30_000)]
    public async Task Many_calls_that_are_refused_at_once_renew_once()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority);
        await visitor.CallAsync();

        authority.Revoke();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.CallAsync()));

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Single(Grants(authority, "refresh_token"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refresh_token_that_is_refused_is_not_shown_again()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority, hasBrowser: false);
        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);

        authority.RefusesRefresh = true;
        authority.Revoke();

        Assert.Contains("gantry login tracker", await visitor.RefusalAsync());
        Assert.Contains("gantry login tracker", await visitor.RefusalAsync());
        Assert.Single(Grants(authority, "refresh_token"));
        Assert.False(Assert.Single(visitor.Logins.List()).IsUsable);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_has_not_ended_serves_while_its_issuer_is_away()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        var clock = new FakeClock();
        using var visitor = new Visitor(authority, time: clock);
        await visitor.CallAsync();
        authority.IsDown = true;

        clock.Advance(TimeSpan.FromSeconds(3590));
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        Assert.Single(Grants(authority, "refresh_token"));

        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Contains("cannot be reached", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task More_rights_are_asked_for_besides_those_there_are()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["read"];
        using var visitor = new Visitor(authority);
        await visitor.CallAsync();

        authority.NeededScopes = ["write"];
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        Assert.Equal(["read", "write read"], authority.Questions.Select(asked => asked["scope"]));
    }

    [Fact(Timeout = 30_000)]
    public async Task Rights_that_are_missing_are_asked_for_by_the_next_login()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["read"];
        using var visitor = new Visitor(authority, hasBrowser: false);
        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);

        authority.NeededScopes = ["write"];
        Assert.Equal(
            "needs login with more rights (write): run 'gantry login tracker'",
            await visitor.RefusalAsync()
        );
        Assert.False(Assert.Single(visitor.Logins.List()).IsUsable);
        authority.NeededScopes = ["read"];
        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);

        Assert.Equal("read write", authority.Questions.Last()["scope"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_refuses_whatever_it_is_shown_does_not_keep_people_busy()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.RefusesAll = true;
        using var visitor = new Visitor(authority);

        while (await TryAsync(visitor)) { }

        Assert.InRange(authority.Questions.Count, 1, 3);
        Assert.Contains("goes on refusing", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_is_asked_for_rights_that_are_there()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["admin"];
        using var visitor = new Visitor(authority);
        await visitor.CallAsync();
        using var refused = new HttpResponseMessage(HttpStatusCode.Forbidden)
        {
            RequestMessage = new() { Headers = { Authorization = await HeaderAsync(visitor) } },
        };
        refused.Headers.WwwAuthenticate.Add(
            new("Bearer", "error=\"insufficient_scope\", scope=\"admin\"")
        );

        var refusal = await Assert.ThrowsAsync<UpstreamRefusedException>(async () =>
            await visitor.Credentials.ChallengeAsync(
                Visitor.Server,
                visitor.Resource,
                new(null),
                refused,
                Cancelled
            )
        );

        Assert.Contains("has already: admin", refusal.Message);
        Assert.Single(authority.Questions);
    }

    [Fact(Timeout = 30_000)]
    public async Task Callers_with_logins_of_their_own_do_not_get_each_others()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority)
        {
            Auth = OAuthAuth.Default with { Per = CredentialOwner.Principal },
        };
        await visitor.Logins.LoginAsync(Visitor.Server, "ann", visitor.OpenAsync, Cancelled);

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync("ann"));
        Assert.Equal(
            "needs login: run 'gantry login tracker --principal bob'",
            await visitor.RefusalAsync("bob")
        );
        Assert.Contains("not known by name", await visitor.RefusalAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task After_a_logout_nothing_is_shown()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority, hasBrowser: false);
        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);
        await visitor.CallAsync();

        Assert.True(await visitor.Logins.LogoutAsync(Visitor.Server, null, Cancelled));
        Assert.False(await visitor.Logins.LogoutAsync(Visitor.Server, null, Cancelled));

        Assert.Empty(visitor.Logins.List());
        Assert.Contains("needs login", await visitor.RefusalAsync());
    }

    private static IEnumerable<Dictionary<string, string>> Grants(
        Authority authority,
        string kind
    ) => authority.TokenRequests.Where(request => request["grant_type"] == kind);

    private static async Task<string?> GetAsync(Visitor visitor) =>
        (await HeaderAsync(visitor))?.ToString();

    private static async Task<AuthenticationHeaderValue?> HeaderAsync(Visitor visitor) =>
        await visitor.Credentials.GetAsync(Visitor.Server, visitor.Resource, new(null), Cancelled);

    private static async Task<bool> TryAsync(Visitor visitor)
    {
        try
        {
            await visitor.CallAsync();
            return true;
        }
        catch (UpstreamRefusedException)
        {
            return false;
        }
    }
}
