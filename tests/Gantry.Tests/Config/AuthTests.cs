using System.Collections.Immutable;
using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class AuthTests
{
    [Fact]
    public void All_keys_of_auth_are_understood()
    {
        var auth = Assert.IsType<OAuthAuth>(
            Read(
                """
                type: oauth
                      grant: client_credentials
                      client_id: gantry
                      client_secret: ${SECRET}
                      scopes: [read, write]
                      issuer: https://id.example.com
                      client_metadata_url: https://gantry.example.com/client.json
                      redirect_port: 8765
                      per: principal
                """
            )
        );

        Assert.Equal(OAuthGrant.ClientCredentials, auth.Grant);
        Assert.Equal("gantry", auth.ClientId?.Value);
        Assert.Equal("canary", auth.ClientSecret?.Value);
        Assert.Equal(["read", "write"], auth.Scopes);
        Assert.Equal("https://id.example.com", auth.Issuer);
        Assert.Equal("https://gantry.example.com/client.json", auth.ClientMetadataUrl);
        Assert.Equal(8765, auth.RedirectPort);
        Assert.Equal(CredentialOwner.Principal, auth.Per);
        Assert.DoesNotContain("canary", auth.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bearer_token_is_a_secret()
    {
        var auth = Assert.IsType<BearerAuth>(Read("{ type: bearer, token: \"${SECRET}\" }"));

        Assert.Equal("canary", auth.Token.Value);
        Assert.DoesNotContain("canary", auth.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ type: bearer }", "GT0521")]
    [InlineData("{ token: x }", "GT0522")]
    [InlineData("{ client_secret: x }", "GT0523")]
    [InlineData("{ grant: client_credentials, client_id: x }", "GT0524")]
    [InlineData("{ type: bearer, token: x, issuer: \"https://x.example\" }", "GT0525")]
    [InlineData("{ issuer: \"http://x.example\" }", "GT0526")]
    [InlineData("{ client_metadata_url: x }", "GT0526")]
    [InlineData("{ type: bearer, token: \"a\\nb\" }", "GT0527")]
    [InlineData("{ client_id: a, client_secret: b, private_key_file: c }", "GT0208")]
    [InlineData("{ client: a }", "GT0201")]
    public void What_makes_no_sense_is_said(string auth, string code) =>
        Assert.Contains($" {code}", Load(auth, "").Codes, StringComparison.Ordinal);

    [Theory]
    [InlineData("headers: { authorization: x }")]
    [InlineData("forward_authorization: true")]
    public void Only_one_thing_says_what_to_send(string other) =>
        Assert.Contains(" GT0528", Load("{ client_id: x }", other).Codes, StringComparison.Ordinal);

    [Fact]
    public void Each_change_of_auth_is_a_change_of_the_server()
    {
        string[] written =
        [
            "{ client_id: a }",
            "{ client_id: b }",
            "{ client_id: a, scopes: [x] }",
            "{ client_id: a, client_secret: x }",
            "{ client_id: a, per: principal }",
            "{ type: bearer, token: a }",
        ];

        var hashes = written.Select(auth => Load(auth, "").Servers.Values.Single().Hash.Value);

        Assert.Equal(written.Length, hashes.Distinct().Count());
    }

    private static AuthSpec? Read(string auth)
    {
        var config = Load(auth, "");
        Assert.Equal("", config.Problems);
        return Assert.IsType<RemoteSpec>(config.Spec("tracker").Runtime).Auth;
    }

    private static ConfigSnapshot Load(string auth, string other) =>
        new Written([
            (
                "gantry.yaml",
                $"""
                servers:
                  tracker:
                    url: https://tracker.example.com/mcp
                    {other}
                    auth:
                      {auth}
                """
            ),
        ])
        {
            Variables = ImmutableDictionary<string, string>.Empty.Add("SECRET", "canary"),
        }.Load();
}
