using System.Net;
using Gantry.Config;
using Gantry.Gateway;
using Xunit;

namespace Gantry.Access;

/// <summary>Callers of servers at the front door.</summary>
public sealed class ComingInTests
{
    private static readonly GatewaySettings s_asking = new() { Auth = new(), Fingerprint = "1" };

    [Theory(Timeout = 30_000)]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer gk_nobody_nothing")]
    [InlineData("Basic dTpw")]
    public async Task Who_is_not_known_gets_the_same_answer_whatever_they_show(string? shown)
    {
        await using var gateway = await AskingAsync();
        using var client = gateway.NewClient();
        client.Authorization = shown;

        using var response = await client.PostAsync(Client.Initialize());
        var error = await Client.JsonAsync(response);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            "Unauthorized: send 'Authorization: Bearer KEY' with an API key that 'gantry key "
                + "create' made.",
            error.GetProperty("error").GetProperty("message").GetString()
        );
        Assert.StartsWith("Bearer realm=\"gantry\"", $"{response.Headers.WwwAuthenticate}");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_opens_the_door_in_either_header()
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms()).Text;
        using var client = gateway.NewClient();
        client.Authorization = $"Bearer {key}";
        await client.InitializeAsync();
        using var other = gateway.NewClient();
        using var request = other.NewRequest(HttpMethod.Post, Client.Initialize());
        request.Headers.Add("X-API-Key", key);

        using var response = await other.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_revoked_key_ends_the_stream_that_is_open_and_opens_no_other()
    {
        await using var gateway = await AskingAsync();
        var made = gateway.Keys.Create(Terms());
        using var client = gateway.NewClient();
        client.Authorization = $"Bearer {made.Text}";
        await client.InitializeAsync();
        using var stream = new Events(await client.GetAsync());

        gateway.Keys.Revoke(made.Key.Id, _ => true);

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.NextAsync() is not null) { }

            throw new EndOfStreamException();
        });
        using var response = await client.PostAsync(Client.Request("1", "tools/list"));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_viewer_does_not_call()
    {
        await using var gateway = await AskingAsync();
        using var client = gateway.NewClient();
        client.Authorization = $"Bearer {gateway.Keys.Create(Terms(Role.Viewer)).Text}";

        using var response = await client.PostAsync(Client.Initialize());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Another_tenants_server_is_not_there()
    {
        await using var gateway = await AskingAsync();
        gateway.Define("secret", tenant: "acme");
        gateway.Ready("secret");
        using var client = gateway.NewClient("secret");
        client.Authorization = $"Bearer {gateway.Keys.Create(Terms(tenant: "other")).Text}";
        using var never = gateway.NewClient("secrex");
        never.Authorization = client.Authorization;

        using var hidden = await client.PostAsync(Client.Initialize());
        using var absent = await never.PostAsync(Client.Initialize());

        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.Equal(
            $"{await Client.JsonAsync(hidden)}",
            $"{await Client.JsonAsync(absent)}".Replace("secrex", "secret")
        );
        client.Authorization = $"Bearer {gateway.Keys.Create(Terms(tenant: "acme")).Text}";
        await client.InitializeAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_session_is_its_principals_alone()
    {
        await using var gateway = await AskingAsync();
        using var client = gateway.NewClient();
        client.Authorization = $"Bearer {gateway.Keys.Create(Terms()).Text}";
        await client.InitializeAsync();
        using var thief = gateway.NewClient();
        thief.Authorization = $"Bearer {gateway.Keys.Create(Terms()).Text}";
        thief.Session = client.Session;

        using var called = await thief.PostAsync(Client.Request("1", "tools/list"));
        using var listened = await thief.GetAsync();
        using var ended = await thief.DeleteAsync();

        Assert.Equal(HttpStatusCode.NotFound, called.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, listened.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, ended.StatusCode);
        await client.CallAsync("2", "tools/list");
    }

    [Fact(Timeout = 30_000)]
    public async Task Over_its_rate_a_key_is_told_when_to_come_again()
    {
        await using var gateway = await AskingAsync();
        using var client = gateway.NewClient();
        client.Authorization =
            $"Bearer {gateway.Keys.Create(Terms() with { Limits = new(Rate.Parse("2/m"), null) }).Text}";
        await client.InitializeAsync();
        await client.CallAsync("1", "tools/list");

        using var refused = await client.PostAsync(Client.Request("2", "tools/list"));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(30), refused.Headers.RetryAfter?.Delta);
        var error = (await Client.JsonAsync(refused)).GetProperty("error");
        Assert.Contains("rate of 2/m", error.GetProperty("message").GetString());
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        await client.CallAsync("3", "tools/list");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_batch_counts_as_what_is_in_it()
    {
        await using var gateway = await AskingAsync();
        using var client = gateway.NewClient();
        client.Authorization =
            $"Bearer {gateway.Keys.Create(Terms() with { Limits = new(Rate.Parse("4/m"), null) }).Text}";
        await client.InitializeAsync("2025-03-26");
        var batch = string.Join(
            ',',
            Enumerable.Range(0, 5).Select(id => Client.Request($"{id}", "ping"))
        );

        using var refused = await client.PostAsync($"[{batch}]");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_tenants_callers_share_its_limit_of_calls_at_a_time()
    {
        await using var gateway = await AskingAsync(
            s_asking with
            {
                Tenants = s_asking.Tenants.Add("acme", new(null, 1)),
            }
        );
        gateway.Define("slow", tenant: "acme");
        var connection = gateway.Ready("slow");
        using var one = gateway.NewClient("slow");
        using var other = gateway.NewClient("slow");
        one.Authorization = $"Bearer {gateway.Keys.Create(Terms(tenant: "acme")).Text}";
        other.Authorization = $"Bearer {gateway.Keys.Create(Terms(tenant: "acme")).Text}";
        await one.InitializeAsync();
        await other.InitializeAsync();
        connection.Script = null;
        var waiting = one.CallAsync("1", "tools/list");
        var call = await connection.Calls.Reader.ReadAsync(TestContext.Current.CancellationToken);

        using var refused = await other.PostAsync(Client.Request("2", "tools/list"));
        call.Respond("{}");
        await waiting;

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_guesses_is_not_heard_for_a_while_not_even_with_the_right_key()
    {
        await using var gateway = await AskingAsync();
        var key = gateway.Keys.Create(Terms()).Text;
        using var client = gateway.NewClient();
        for (var guess = 0; guess < 11; guess++)
        {
            client.Authorization = $"Bearer gk_guess{guess}_x";
            using var wrong = await client.PostAsync(Client.Initialize());
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        client.Authorization = $"Bearer {key}";
        using var locked = await client.PostAsync(Client.Initialize());
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        Assert.NotNull(locked.Headers.RetryAfter);

        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.InitializeAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_nobody_is_asked_a_header_for_the_server_behind_does_no_harm()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = gateway.NewClient();
        client.Authorization = "Bearer of-somebody-else";

        await client.InitializeAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_is_let_in_unasked_sees_no_tenants_servers()
    {
        await using var gateway = await AskingAsync(
            s_asking with
            {
                AllowUnauthenticated = ["main"],
            }
        );
        gateway.Define("secret", tenant: "acme");
        gateway.Ready("secret");
        using var client = gateway.NewClient();
        using var other = gateway.NewClient("secret");

        await client.InitializeAsync();
        using var hidden = await other.PostAsync(Client.Initialize());

        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact(Timeout = 30_000)]
    public async Task Other_settings_count_at_once()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var client = await gateway.NewSessionAsync();

        gateway.Configure(s_asking);
        using var response = await client.PostAsync(Client.Request("1", "tools/list"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<GatewayUnderTest> AskingAsync(GatewaySettings? settings = null)
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        gateway.Configure(settings ?? s_asking);
        return gateway;
    }

    private static KeyTerms Terms(Role role = Role.Caller, string? tenant = null) =>
        new("test", role, tenant, Limits.None);
}
