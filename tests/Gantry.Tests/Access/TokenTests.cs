using System.Collections.Immutable;
using Gantry.Config;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Gantry.Access;

public sealed class TokenTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private JwtSources? _sources;
    private ProviderUnderTest? _provider;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ProviderUnderTest Provider => _provider ?? throw new InvalidOperationException();

    private IssuerSettings Issuer => new(Provider.Issuer) { Audiences = ["gantry"] };

    public async ValueTask InitializeAsync()
    {
        _provider = await ProviderUnderTest.StartAsync(Cancelled);
        _sources = new(_clock, NullLoggerFactory.Instance);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("RS256")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task A_token_with_a_good_signature_opens_the_door(string algorithm)
    {
        var credentials = algorithm is "ES256" ? Provider.Ec() : Provider.Rsa(algorithm);

        var principal = Welcomed(await JudgeAsync(Token(credentials)));

        Assert.Equal($"jwt:{Provider.Issuer}|alice", principal.Id);
        Assert.Equal(Role.Caller, principal.Role);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_is_not_signed_is_none() =>
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(Token(null)));

    [Fact(Timeout = 30_000)]
    public async Task A_public_key_is_no_shared_secret() =>
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(Token(Provider.Symmetric())));

    [Fact(Timeout = 30_000)]
    public async Task A_shared_secret_among_the_keys_is_not_used()
    {
        var secret = new SymmetricSecurityKey(new byte[32]) { KeyId = "oct-0" };

        Assert.IsType<Verdict.Wrong>(await JudgeAsync(Token(new(secret, "HS256"))));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_was_changed_is_none()
    {
        var parts = Token(Provider.Rsa()).Split('.');
        var other = Token(Provider.Rsa(), ("sub", "mallory")).Split('.');

        Assert.IsType<Verdict.Wrong>(await JudgeAsync($"{parts[0]}.{other[1]}.{parts[2]}"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("....")]
    public async Task What_is_no_token_is_none(string text) =>
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(text));

    [Theory(Timeout = 30_000)]
    [InlineData("aud", "somebody-else")]
    [InlineData("iss", "https://evil.example.com")]
    [InlineData("sub", "")]
    [InlineData("sub", "line\nbreak")]
    public async Task A_claim_that_is_wrong_makes_it_none(string claim, string value) =>
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(Token(Provider.Rsa(), (claim, value))));

    [Theory(Timeout = 30_000)]
    [InlineData("exp", -61, false)]
    [InlineData("exp", -59, true)]
    [InlineData("nbf", 61, false)]
    [InlineData("nbf", 59, true)]
    [InlineData("iat", 61, false)]
    [InlineData("iat", 59, true)]
    public async Task Clocks_may_differ_by_a_minute(string claim, int seconds, bool isGood)
    {
        var at = _clock.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();

        var verdict = await JudgeAsync(Token(Provider.Rsa(), (claim, at)));

        Assert.Equal(isGood, verdict is Verdict.Welcome);
    }

    [Fact(Timeout = 30_000)]
    public async Task When_a_token_expires_who_came_with_it_is_out()
    {
        var tokens = Tokens(Issuer);
        var text = Token(Provider.Rsa());
        var welcome = Assert.IsType<Verdict.Welcome>(await JudgeAsync(text, tokens));

        _clock.Advance(TimeSpan.FromMinutes(6));

        Assert.True(welcome.Admission.Ended.IsCancellationRequested);
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(text, tokens));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_new_key_is_fetched_when_a_token_names_it_but_not_as_often_as_anybody_likes()
    {
        var tokens = Tokens(Issuer);
        Welcomed(await JudgeAsync(Token(Provider.Rsa()), tokens));
        Assert.Equal(1, Provider.Fetches);

        Provider.Rotate();
        Assert.IsType<Verdict.Wrong>(await JudgeAsync(Token(Provider.Rsa()), tokens));
        _clock.Advance(TimeSpan.FromSeconds(31));
        Welcomed(await JudgeAsync(Token(Provider.Rsa()), tokens));
        Assert.Equal(2, Provider.Fetches);

        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        for (var guess = 0; guess < 20; guess++)
        {
            var key = new RsaSecurityKey(rsa) { KeyId = $"guess-{guess}" };
            await JudgeAsync(Token(new(key, "RS256")), tokens);
        }

        Assert.Equal(2, Provider.Fetches);
    }

    [Fact(Timeout = 30_000)]
    public async Task While_the_provider_is_down_its_known_keys_go_on()
    {
        var tokens = Tokens(Issuer);
        Welcomed(await JudgeAsync(Token(Provider.Rsa()), tokens));
        Provider.IsDown = true;
        _clock.Advance(TimeSpan.FromHours(2));

        Welcomed(await JudgeAsync(Token(Provider.Rsa()), tokens));
        _clock.Advance(TimeSpan.FromHours(23));
        Assert.IsType<Verdict.Unable>(await JudgeAsync(Token(Provider.Rsa()), tokens));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://gantry.example.com", null)]
    [InlineData("https://gantry.example.com/", null)]
    [InlineData("https://gantry.example.com/mcp/files", "/mcp/files")]
    public async Task Without_an_audience_our_own_address_is_it(string audience, string? limit)
    {
        var verdict = await JudgeAsync(
            Token(Provider.Rsa(), ("aud", audience)),
            Tokens(Issuer with { Audiences = [] })
        );

        Assert.Equal(limit, Assert.IsType<Verdict.Welcome>(verdict).Admission.PathLimit);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://gantry.example.com.evil.example")]
    [InlineData("gantry")]
    public async Task Another_address_is_not(string audience) =>
        Assert.IsType<Verdict.Wrong>(
            await JudgeAsync(
                Token(Provider.Rsa(), ("aud", audience)),
                Tokens(Issuer with { Audiences = [] })
            )
        );

    [Fact(Timeout = 30_000)]
    public async Task Roles_tenant_and_scopes_come_from_the_claims()
    {
        var issuer = Issuer with
        {
            RolesClaim = "realm_access.roles",
            RoleMap = ImmutableDictionary<string, Role>
                .Empty.Add("ops", Role.Operator)
                .Add("dev", Role.Caller),
            TenantClaim = "org",
            RequiredScopes = ["mcp"],
        };
        var roles = new Dictionary<string, object>
        {
            ["roles"] = new List<object> { "dev", "ops" },
        };

        var principal = Welcomed(
            await JudgeAsync(
                Token(Provider.Rsa(), ("realm_access", roles), ("org", "acme"), ("scope", "a mcp")),
                Tokens(issuer)
            )
        );

        Assert.Equal(Role.Operator, principal.Role);
        Assert.Equal("acme", principal.Tenancy.Tenant);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("other", "dev", "scope 'mcp'")]
    [InlineData("mcp", "nothing", "no role")]
    public async Task What_a_token_lacks_is_said(string scope, string role, string lack)
    {
        var issuer = Issuer with
        {
            RolesClaim = "roles",
            RoleMap = ImmutableDictionary<string, Role>.Empty.Add("dev", Role.Caller),
            RequiredScopes = ["mcp"],
        };

        var verdict = await JudgeAsync(
            Token(Provider.Rsa(), ("scope", scope), ("roles", role)),
            Tokens(issuer)
        );

        Assert.Contains(lack, Assert.IsType<Verdict.Insufficient>(verdict).Detail);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_the_tenant_that_it_should_name_a_token_sees_what_is_everybodys()
    {
        var principal = Welcomed(
            await JudgeAsync(Token(Provider.Rsa()), Tokens(Issuer with { TenantClaim = "org" }))
        );

        Assert.Equal(Tenancy.Nobody, principal.Tenancy);
    }

    [Fact(Timeout = 30_000)]
    public async Task All_tokens_of_one_caller_share_its_limits()
    {
        var tokens = Tokens(Issuer with { Limits = new(Rate.Parse("1/h"), null) });
        var one = await JudgeAsync(Token(Provider.Rsa(), ("jti", "1")), tokens);
        var other = await JudgeAsync(Token(Provider.Rsa(), ("jti", "2")), tokens);

        Assert.Null(Assert.IsType<Verdict.Welcome>(one).Admission.Take(1));
        Assert.NotNull(Assert.IsType<Verdict.Welcome>(other).Admission.Take(1));
    }

    public async ValueTask DisposeAsync()
    {
        _sources?.Dispose();
        await Provider.DisposeAsync();
    }

    private Tokens Tokens(IssuerSettings issuer) =>
        new(
            new()
            {
                Auth = new() { Issuers = [issuer] },
                PublicUrl = new("https://gantry.example.com"),
            },
            _sources ?? throw new InvalidOperationException(),
            _clock,
            CancellationToken.None
        );

    private ValueTask<Verdict> JudgeAsync(string text) => JudgeAsync(text, Tokens(Issuer));

    private static ValueTask<Verdict> JudgeAsync(string text, Tokens tokens) =>
        tokens.JudgeAsync(text, _ => null, Cancelled);

    private static Principal Welcomed(Verdict verdict) =>
        Assert.IsType<Verdict.Welcome>(verdict).Admission.Principal;

    private string Token(
        SigningCredentials? credentials,
        params (string Name, object Value)[] claims
    ) =>
        Provider.Token(
            _clock.GetUtcNow(),
            credentials,
            claims.ToDictionary(claim => claim.Name, claim => claim.Value)
        );
}
