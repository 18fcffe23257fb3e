using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Runtimes.Remote.Authorization;

public sealed class ClientTests
{
    private static readonly OAuthAuth s_known = OAuthAuth.Default with
    {
        ClientId = new("gantry:1"),
        ClientSecret = new("${SECRET}", "s cret"),
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Gantry_comes_in_its_own_name_and_again_when_that_ends()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.NeededScopes = ["read"];
        authority.Methods = ["client_secret_basic"];
        using var visitor = new Visitor(authority, hasBrowser: false)
        {
            Auth = s_known with { Grant = OAuthGrant.ClientCredentials },
        };

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());
        authority.Revoke();
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        var requests = authority.TokenRequests.ToArray();
        Assert.All(requests, request => Assert.Equal("client_credentials", request["grant_type"]));
        Assert.Equal(
            "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("gantry%3A1:s%20cret")),
            requests[0]["authorization"]
        );
        Assert.DoesNotContain("client_secret", requests[0].Keys);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("client_secret_post", true)]
    [InlineData("none", false)]
    public async Task A_secret_is_shown_the_way_the_server_takes_it(string method, bool isShown)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.Methods = [method];
        using var visitor = new Visitor(authority) { Auth = s_known };

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        var request = Assert.Single(authority.TokenRequests);
        Assert.Equal("gantry:1", request["client_id"]);
        Assert.Equal(isShown, request.ContainsKey("client_secret"));
        Assert.Equal("", request["authorization"]);
        Assert.DoesNotContain("/as/register", authority.Paths);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("EC", "ES256")]
    [InlineData("RSA", "RS256")]
    public async Task A_private_key_signs_who_the_client_is(string kind, string algorithm)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.Methods = ["private_key_jwt"];
        using var visitor = new Visitor(authority, hasBrowser: false);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var file = Path.Combine(visitor.Home, "key.pem");
        var pem = kind is "EC" ? curve.ExportPkcs8PrivateKeyPem() : rsa.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(file, pem, Cancelled);
        visitor.Auth = OAuthAuth.Default with
        {
            Grant = OAuthGrant.ClientCredentials,
            ClientId = new("gantry"),
            PrivateKeyFile = file,
        };

        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        var assertion = Assert.Single(authority.TokenRequests)["client_assertion"].Split('.');
        var signed = Encoding.ASCII.GetBytes($"{assertion[0]}.{assertion[1]}");
        var signature = Base64Url.DecodeFromChars(assertion[2]);
        Assert.True(
            kind is "EC"
                ? curve.VerifyData(signed, signature, HashAlgorithmName.SHA256)
                : rsa.VerifyData(
                    signed,
                    signature,
                    HashAlgorithmName.SHA256,
                    RSASignaturePadding.Pkcs1
                )
        );
        Assert.Equal(algorithm, Field(assertion[0], "alg"));
        Assert.Equal("gantry", Field(assertion[1], "sub"));
        Assert.Equal(authority.Issuer, Field(assertion[1], "aud"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_configured_client_is_not_shown_to_another_issuer()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        authority.Methods = ["client_secret_post"];
        using var visitor = new Visitor(authority) { Auth = s_known };
        await visitor.CallAsync();

        authority.IssuerPath = "/evil";
        authority.Revoke();

        Assert.Contains("first used with", await visitor.RefusalAsync());
        Assert.Single(authority.TokenRequests);
    }

    [Fact(Timeout = 30_000)]
    public async Task At_another_issuer_Gantry_registers_anew()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority);
        await visitor.CallAsync();

        authority.IssuerPath = "/moved";
        authority.Revoke();
        Assert.Equal(HttpStatusCode.OK, await visitor.CallAsync());

        var clients = authority.Questions.Select(asked => asked["client_id"]).ToArray();
        Assert.Equal(2, clients.Distinct().Count());
        Assert.DoesNotContain(
            authority.TokenRequests,
            request => request["grant_type"] is "refresh_token"
        );
    }

    [Fact(Timeout = 30_000)]
    public async Task A_registration_serves_the_next_login_too()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority, hasBrowser: false);

        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);
        await visitor.Logins.LoginAsync(Visitor.Server, null, visitor.OpenAsync, Cancelled);

        Assert.Single(authority.Paths, path => path is "/as/register");
        Assert.Single(authority.Questions.Select(asked => asked["redirect_uri"]).Distinct());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_configured_issuer_is_the_only_one()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority)
        {
            Auth = OAuthAuth.Default with { Issuer = "https://id.example.com" },
        };

        Assert.Contains("no longer trusts", await visitor.RefusalAsync());
        Assert.Empty(authority.Questions);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("POST /callback?state={state}&code=evil")]
    [InlineData("GET /other?state={state}&code=evil")]
    [InlineData("GET /callback?state=wrong&code=evil")]
    [InlineData("GET /callback?code=evil")]
    [InlineData("GET /callback?state={state}&code=evil&code=evil")]
    [InlineData("nonsense")]
    public async Task A_stranger_at_the_redirect_address_is_sent_away(string line)
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority);
        var answer = "";

        await visitor.Logins.LoginAsync(Visitor.Server, null, OpenAsync, Cancelled);

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.StartsWith(
            "code-",
            Assert.Single(authority.TokenRequests)["code"],
            StringComparison.Ordinal
        );

        async ValueTask OpenAsync(Uri address, CancellationToken cancellationToken)
        {
            var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query);
            var redirect = new Uri($"{query["redirect_uri"]}");
            using var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, redirect.Port, cancellationToken);
            await using var stream = socket.GetStream();
            var request = line.Replace("{state}", $"{query["state"]}", StringComparison.Ordinal);
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: x\r\n\r\n"),
                cancellationToken
            );
            using var reader = new StreamReader(stream);
            answer = await reader.ReadToEndAsync(cancellationToken);
            await visitor.OpenAsync(address, cancellationToken);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task An_idle_connection_at_the_redirect_address_holds_nothing_up()
    {
        await using var authority = await Authority.StartAsync(Cancelled);
        using var visitor = new Visitor(authority);
        using var idle = new System.Net.Sockets.TcpClient();

        await visitor.Logins.LoginAsync(Visitor.Server, null, OpenAsync, Cancelled);

        Assert.Single(authority.TokenRequests);

        async ValueTask OpenAsync(Uri address, CancellationToken cancellationToken)
        {
            var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query);
            var redirect = new Uri($"{query["redirect_uri"]}");
            await idle.ConnectAsync(IPAddress.Loopback, redirect.Port, cancellationToken);
            await visitor.OpenAsync(address, cancellationToken);
        }
    }

    private static string? Field(string part, string name)
    {
        using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
        return json.RootElement.GetProperty(name).GetString();
    }
}
