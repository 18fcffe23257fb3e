using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>Servers that run elsewhere, in Gantry's own format.</summary>
public sealed class RemoteServerTests
{
    [Theory]
    [InlineData("servers: { a: { url: 'ftp://x' } }", "1:22 GT0501")]
    [InlineData("servers: { a: { url: /mcp } }", "1:22 GT0501")]
    [InlineData("servers: { a: { url: 'http://x#part' } }", "1:22 GT0501")]
    [InlineData("servers: { a: { url: 'ws://x', transport: sse } }", "1:22 GT0501")]
    [InlineData("servers: { a: { url: 'http://me:secret@x' } }", "1:22 GT0502")]
    [InlineData("servers: { a: { url: 'http://x', headers: { 'a b': c } } }", "1:52 GT0503")]
    [InlineData("servers: { a: { url: 'http://x', headers: { a: \"b\\nc\" } } }", "1:48 GT0504")]
    [InlineData("servers: { a: { url: 'http://x', headers: { host: c } } }", "1:51 GT0505")]
    [InlineData(
        "servers: { a: { url: 'https://x', tls: { insecure_skip_verify: true } } }",
        "1:42 GT0506"
    )]
    [InlineData("servers: { a: { url: 'https://x', tls: { key_file: k.pem } } }", "1:52 GT0507")]
    [InlineData("servers: { a: { command: x, headers: { a: b } } }", "1:29 GT0508")]
    [InlineData("servers: { a: { command: x, url: 'http://x' } }", "1:17 GT0509")]
    [InlineData("servers: { a: { runtime: process, url: 'http://x' } }", "1:17 GT0510")]
    [InlineData("servers: { a: { runtime: remote } }", "1:15 GT0511")]
    public void Each_mistake_has_its_code_and_its_place(string text, string expected)
    {
        var config = Written.Own(text);

        Assert.Equal(expected, config.Codes.Replace("gantry.yaml:", "", StringComparison.Ordinal));
        Assert.All(config.Diagnostics, problem => Assert.EndsWith(".", problem.Problem));
        Assert.All(config.Diagnostics, problem => Assert.NotEmpty(problem.Remedy));
        Assert.DoesNotContain(
            config.Servers.Keys,
            _ => config.HasErrors && !text.StartsWith("gateway")
        );
    }

    [Fact]
    public void Everything_can_be_said_of_a_server_that_runs_elsewhere()
    {
        var config = new Written([
            (
                "gantry.yaml",
                """
                servers:
                  far:
                    runtime: remote
                    url: https://${HOST}/mcp
                    transport: streamable-http
                    headers: { Authorization: "Bearer ${TOKEN}", X-Plain: "1" }
                    tls: { ca_file: ca.pem, certificate_file: /etc/c.pem }
                    connect_timeout: 3
                    request_timeout: 2m
                    forward_authorization: true
                    isolation: session
                """
            ),
        ])
        {
            Variables = System
                .Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add(
                    "HOST",
                    "a.example"
                )
                .Add("TOKEN", "abc"),
        }.Load();

        Assert.Empty(config.Problems);
        var remote = Assert.IsType<RemoteSpec>(config.Spec("far").Runtime);
        Assert.Equal("https://a.example/mcp", remote.Url.Value);
        Assert.Equal(RemoteTransport.StreamableHttp, remote.Transport);
        Assert.Equal("Bearer abc", remote.Headers["authorization"].Value);
        Assert.Equal(new("/conf/ca.pem", "/etc/c.pem", null, false), remote.Tls);
        Assert.Equal(TimeSpan.FromSeconds(3), remote.ConnectTimeout);
        Assert.Equal(TimeSpan.FromMinutes(2), remote.RequestTimeout);
        Assert.True(remote.ForwardAuthorization);
        Assert.Equal(Isolation.Session, config.Spec("far").Isolation);
        Assert.DoesNotContain("abc", config.Spec("far").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_makes_no_header_is_refused_without_being_shown()
    {
        var config = new Written([
            ("gantry.yaml", "servers: { a: { url: 'http://x', headers: { k: '${V}' } } }"),
        ])
        {
            Variables = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add(
                "V",
                "top\r\nhidden"
            ),
        }.Load();

        Assert.Equal("gantry.yaml:1:48 GT0504", config.Codes);
        Assert.DoesNotContain("hidden", config.Problems, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("url: 'http://x'", "transport: auto", true)]
    [InlineData("url: 'http://x'", "connect_timeout: 10s", true)]
    [InlineData("url: 'http://x'", "transport: sse", false)]
    [InlineData("url: 'http://x'", "headers: { a: b }", false)]
    [InlineData("url: 'http://x'", "request_timeout: 1", false)]
    public void Only_what_changes_the_conversation_begins_it_anew(
        string url,
        string more,
        bool isSame
    ) => Assert.Equal(isSame, Hash(url) == Hash($"{url}, {more}"));

    private static SpecHash Hash(string keys) =>
        Written.Own($"servers: {{ a: {{ {keys} }} }}").Servers.Values.Single().Hash;
}
