using System.Text;
using System.Text.Json;
using Gantry.Config;
using Xunit;

namespace Gantry.Tracing;

public sealed class RedactorTests
{
    private const string Secret = "canary-3f9a1c";

    [Theory]
    [InlineData("authorization")]
    [InlineData("Authorization")]
    [InlineData("password")]
    [InlineData("DB_PASSWORD")]
    [InlineData("token")]
    [InlineData("accessToken")]
    [InlineData("client_secret")]
    [InlineData("api_key")]
    [InlineData("X-Api-Key")]
    [InlineData("apiKey")]
    [InlineData("Set-Cookie")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    public void What_stands_under_a_telling_name_is_hidden_whole(string key)
    {
        var redacted = Redact($$"""{"a":[{"{{key}}":{"deep":["x",1]},"other":1}]}""");

        Assert.Equal($$"""{"a":[{"{{key}}":"***","other":1}]}""", redacted);
    }

    [Theory]
    [InlineData("""{"progressToken":1,"maxTokens":5,"nextPageToken":"x","tokens":[1]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":4294967298,"method":"tools/list","params":{}}""")]
    [InlineData("""{"result":{"content":[{"type":"text","text":"say: nothing = all"}]}}""")]
    [InlineData("""{"password":null,"n":-1.50e3,"t":true}""")]
    public void What_is_harmless_stays_as_it_is(string json) => Assert.Equal(json, Redact(json));

    [Theory]
    [InlineData("Authorization: Bearer abc.def-123", "Authorization: ***")]
    [InlineData("curl -H 'Bearer abc.def-123' x", "curl -H 'Bearer ***' x")]
    [InlineData("BEARER abc.def-123", "BEARER ***")]
    [InlineData("see eyJhbGciOi.eyJzdWIiOi.c2ln here", "see *** here")]
    [InlineData("https://me:hunter2@example.com/x", "https://me:***@example.com/x")]
    [InlineData(
        "https://example.com/?access_token=abc&x=1",
        "https://example.com/?access_token=***&x=1"
    )]
    [InlineData("password = hunter2, and", "password = ***, and")]
    public void What_looks_like_a_token_is_hidden_in_texts(string text, string shown) =>
        Assert.Equal(Quoted(shown), Redact(Quoted(text)));

    [Fact]
    public void Json_within_a_text_is_read_as_such()
    {
        var redacted = Redact(Quoted("""{"env": {"GITHUB_TOKEN": "abc", "LANG": "C"}}"""));

        Assert.Equal(Quoted("""{"env":{"GITHUB_TOKEN":"***","LANG":"C"}}"""), redacted);
    }

    [Fact]
    public void Json_amid_other_text_is_searched()
    {
        var redacted = Redact(Quoted("""got {"password":"a\"b c", "x":1} back"""));

        Assert.Equal(Quoted("""got {"password":"***", "x":1} back"""), redacted);
    }

    [Theory]
    [InlineData("""{"a":"the canary-3f9a1c!"}""", """{"a":"the ***!"}""")]
    [InlineData("""{"a":"\u0063anary-3f9a1c"}""", """{"a":"***"}""")]
    [InlineData("""{"canary-3f9a1c":1}""", """{"***":1}""")]
    [InlineData("""{"a":[12345678]}""", """{"a":["***"]}""")]
    [InlineData("""{"a":"Y2FuYXJ5LTNmOWExYw=="}""", """{"a":"***"}""")]
    public void The_servers_own_secrets_are_hidden_wherever_they_stand(string json, string shown) =>
        Assert.Equal(shown, Redact(json));

    [Fact]
    public void A_text_that_is_no_text_is_hidden() =>
        Assert.Equal("""{"a":"***"}""", Redact("""{"a":"\ud800 canary-3f9a1c"}"""));

    [Fact]
    public void A_long_message_is_cut_and_is_json_all_the_same()
    {
        var json = $$"""{"list":[{"text":"{{new string('x', 500)}}"},2,3],"id":1}""";

        var redacted = New().Redact(Encoding.UTF8.GetBytes(json), 100);

        Assert.True(redacted.IsCut);
        Assert.InRange(redacted.Utf8.Length, 50, 200);
        Assert.NotNull(JsonDocument.Parse(redacted.Utf8));
    }

    [Fact]
    public void The_beginning_of_a_message_becomes_json()
    {
        var redacted = New().Redact("""{"a":{"b":[1,"tw"""u8, int.MaxValue);

        Assert.True(redacted.IsCut);
        Assert.Equal("""{"a":{"b":[1,"..."]}}""", Encoding.UTF8.GetString(redacted.Utf8.Span));
    }

    [Fact]
    public void What_is_hidden_is_counted()
    {
        var redacted = New().Redact("""{"token":"x","a":"canary-3f9a1c","b":1}"""u8, 1000);

        Assert.Equal((2, false), (redacted.Hidden, redacted.IsCut));
    }

    internal static Redactor New() => new(SecretTexts.Of(Spec(Secret, "12345678")));

    internal static ServerSpec Spec(params string[] secrets) =>
        new(
            ServerName.Parse("any"),
            new ProcessSpec(
                new("node"),
                [.. secrets.Select(secret => new Expandable("${SECRET}", secret))],
                "/"
            ),
            default
        );

    private static string Redact(string json) =>
        Encoding.UTF8.GetString(New().Redact(Encoding.UTF8.GetBytes(json), 1000).Utf8.Span);

    // With the encoder of what is shown, so that quotes and dots look alike.
    private static string Quoted(string text) =>
        "\""
        + JsonEncodedText.Encode(
            text,
            System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
        )
        + "\"";
}
