using System.Net;
using Gantry.Config;
using Xunit;

namespace Gantry.Runtimes.Remote.Authorization;

public sealed class ChallengeTests
{
    [Theory]
    [InlineData("Bearer", null, "", null)]
    [InlineData("Bearer scope=\"a b\"", null, "a b", null)]
    [InlineData("bearer error=invalid_token, scope=a", "invalid_token", "a", null)]
    [InlineData(
        "Bearer resource_metadata=\"https://a.example/x?y=1,2\", error=\"insufficient_scope\"",
        "insufficient_scope",
        "",
        "https://a.example/x?y=1,2"
    )]
    [InlineData("Bearer error=\"with \\\"quotes\\\"\"", "with \"quotes\"", "", null)]
    [InlineData("Bearer scope=\"a\", scope=\"b\"", null, "a", null)]
    [InlineData("Bearer scope=\"unclosed", null, "", null)]
    [InlineData("Basic realm=\"x\"", null, "", null)]
    [InlineData("DPoP scope=\"a\"", null, "", null)]
    public void A_refusal_is_read(string header, string? error, string scopes, string? metadata)
    {
        using var refused = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        refused.Headers.TryAddWithoutValidation("WWW-Authenticate", header);

        var challenge = Challenge.Of(refused);

        Assert.Equal(error, challenge.Error);
        Assert.Equal(scopes, ScopeSet.Format(challenge.Scopes));
        Assert.Equal(metadata, challenge.ResourceMetadata);
    }

    [Theory]
    [InlineData("https://id.example.com/x", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://127.0.0.1:8080/x", true)]
    [InlineData("http://[::1]/x", true)]
    [InlineData("http://id.example.com", false)]
    [InlineData("http://localhost.example.com", false)]
    [InlineData("https://user@id.example.com", false)]
    [InlineData("https://id.example.com/#x", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("/relative", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Credentials_go_to_safe_addresses_only(string? address, bool isSafe) =>
        Assert.Equal(isSafe, WebAddress.TryParse(address) is not null);

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    public void The_network_inside_is_known(string address, bool isPublic) =>
        Assert.Equal(isPublic, WebAddress.IsPublic(IPAddress.Parse(address)));

    [Fact(Timeout = 30_000)]
    public async Task A_server_outside_cannot_send_Gantry_inside()
    {
        var cancelled = TestContext.Current.CancellationToken;
        await using var authority = await Authority.StartAsync(cancelled);
        using var http = new OAuthHttp(TimeProvider.System);

        var refusal = await Assert.ThrowsAsync<UpstreamRefusedException>(() =>
            http.GetAsync(
                new($"{authority.Origin}/.well-known/oauth-protected-resource/mcp"),
                new Ground(IsInside: false),
                OAuthJson.Default.ProtectedResourceDocument,
                cancelled
            )
        );

        Assert.Contains("network inside", refusal.Message);
        Assert.Empty(authority.Paths);
    }

    [Theory]
    [InlineData("a b", "", "", "", "a b")]
    [InlineData("", "x y", "", "", "x y")]
    [InlineData("", "x y", "c", "", "c")]
    [InlineData("a", "x y", "c", "before", "a c before")]
    [InlineData("", "", "", "", "")]
    [InlineData("a", "", "", "", "a offline_access", "a offline_access")]
    [InlineData("", "", "", "", "", "offline_access")]
    [InlineData("a offline_access", "", "", "", "a", "a")]
    public void What_is_asked_for_follows_from_who_says_what(
        string challenged,
        string offered,
        string configured,
        string before,
        string expected,
        string byIssuer = ""
    )
    {
        var server = new AuthorizationServer(
            "https://id.example.com",
            new("https://id.example.com")
        )
        {
            ScopesSupported = ScopeSet.Parse(byIssuer),
        };

        var chosen = ScopeSet.Choose(
            new(null, ScopeSet.Parse(challenged), null),
            OAuthAuth.Default with
            {
                Scopes = ScopeSet.Parse(configured),
            },
            new(server, "https://a.example", ScopeSet.Parse(offered), default),
            ScopeSet.Parse(before)
        );

        Assert.Equal(expected, ScopeSet.Format(chosen));
    }
}
