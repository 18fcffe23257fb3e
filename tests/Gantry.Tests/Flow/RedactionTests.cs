using System.Text;
using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Flow;

public sealed class RedactionTests
{
    private static readonly string[] s_all =
    [
        .. SecretPattern.Named.Select(pattern => pattern.Name),
        SecretPattern.Configured,
    ];

    private static readonly ServerSpec s_spec = new(
        ServerName.Parse("a"),
        new ProcessSpec(new("x"), [], "/"),
        new("test.yaml", 1, 1)
    );

    private static ServerSpec Spec =>
        s_spec with
        {
            Environment = s_spec.Environment.Add("T", new("${T}", "s3cr3t-value")),
        };

    [Theory]
    [InlineData("key AKIAIOSFODNN7EXAMPLE.", "key [redacted aws_key].")]
    [InlineData(
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "[redacted aws_secret]"
    )]
    [InlineData(
        "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest",
        "[redacted private_key]\nrest"
    )]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIcut off", "[redacted private_key]")]
    [InlineData("a eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2ln b", "a [redacted jwt] b")]
    [InlineData("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted github_token]")]
    [InlineData("xoxb-1234567890-abc", "[redacted slack_token]")]
    [InlineData("postgres://me:hunter2@db/x", "[redacted url_password]db/x")]
    [InlineData("the token s3cr3t-value is", "the token *** is")]
    [InlineData("https://example.com/a:b@c is no secret", "https://example.com/a:b@c is no secret")]
    [InlineData("nothing at all", "nothing at all")]
    public void Secrets_are_hidden_and_the_rest_is_not(string text, string expected) =>
        Assert.Equal(expected, All().Apply(text));

    [Fact]
    public void Only_strings_with_secrets_change_and_every_other_byte_stays()
    {
        var json =
            """{ "content" : [ {"type":"text","text":"a\u0041 AKIAIOSFODNN7EXAMPLE"}, 1.50, "\ud800" ],"n":1e3 }""";

        var hidden = Encoding.UTF8.GetString(All().Apply(Encoding.UTF8.GetBytes(json)) ?? []);

        Assert.Equal(
            """{ "content" : [ {"type":"text","text":"aA [redacted aws_key]"}, 1.50, "\ud800" ],"n":1e3 }""",
            hidden
        );
    }

    [Fact]
    public void What_holds_no_secret_is_not_copied() =>
        Assert.Null(All().Apply("""{"content":[{"type":"text","text":"hello"}]}"""u8));

    [Fact]
    public void Pictures_are_left_alone_and_structures_are_not()
    {
        var json =
            """{"content":[{"type":"image","data":"AKIAIOSFODNN7EXAMPLE"}],"structuredContent":{"x":{"data":"AKIAIOSFODNN7EXAMPLE"}}}"""u8;

        using var hidden = JsonDocument.Parse(All().Apply(json));

        var root = hidden.RootElement;
        Assert.Equal(
            "AKIAIOSFODNN7EXAMPLE",
            root.GetProperty("content")[0].GetProperty("data").GetString()
        );
        Assert.Equal(
            "[redacted aws_key]",
            root.GetProperty("structuredContent").GetProperty("x").GetProperty("data").GetString()
        );
    }

    [Fact]
    public void An_expression_of_ones_own_stands_between_slashes()
    {
        var redaction = Redaction.Make(["/cust-[0-9]{6}/"], SecretTexts.None, maxDepth: 64);

        Assert.Equal("[redacted own], cust-1", redaction.Apply("cust-123456, cust-1"));
    }

    [Fact]
    public void An_expression_that_would_take_for_ever_elsewhere_takes_linear_time()
    {
        var redaction = Redaction.Make(["/(a+)+$/"], SecretTexts.None, maxDepth: 64);

        Assert.EndsWith("!", redaction.Apply(new string('a', 100_000) + "!"));
    }

    private static Redaction All() =>
        Redaction.Make([.. s_all], SecretTexts.Of(Spec), maxDepth: 64);
}
