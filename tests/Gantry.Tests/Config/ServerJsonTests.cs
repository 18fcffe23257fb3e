using System.Collections.Immutable;
using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>Descriptions as the MCP Registry has them.</summary>
public sealed class ServerJsonTests
{
    private const string Described = """
        {
          "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
          "name": "com.example/acme-analytics",
          "description": "Figures about everything",
          "version": "2.0.0",
          "packages": [{ "registryType": "npm", "identifier": "x", "transport": { "type": "stdio" } }],
          "remotes": [
            { "type": "sse", "url": "https://old.example.com/sse" },
            {
              "type": "streamable-http",
              "url": "https://{tenant}.example.com/{kept}/mcp",
              "variables": { "tenant": { "isRequired": true, "default": "demo" } },
              "headers": [
                { "name": "Authorization", "value": "Bearer {api_key}", "variables": { "api_key": { "isRequired": true, "isSecret": true } } },
                { "name": "X-Region", "default": "eu", "choices": ["eu", "us"] },
                { "name": "X-Project", "description": "Which one", "isRequired": true },
                { "name": "X-Trace" }
              ]
            }
          ]
        }
        """;

    [Fact]
    public void A_remote_is_a_server_of_its_short_name()
    {
        var config = Load(("API_KEY", "k3y"), ("X_PROJECT", "p1"));

        Assert.Empty(config.Problems);
        var spec = config.Spec("acme-analytics");
        var remote = Assert.IsType<RemoteSpec>(spec.Runtime);
        Assert.Equal("Figures about everything", spec.Description);
        Assert.Equal(RemoteTransport.StreamableHttp, remote.Transport);
        Assert.Equal("https://demo.example.com/{kept}/mcp", remote.Url.Value);
        Assert.Equal("Bearer k3y", remote.Headers["Authorization"].Value);
        Assert.True(remote.Headers["Authorization"].HasVariables);
        Assert.Equal("p1", remote.Headers["X-Project"].Value);
        Assert.Equal("eu", remote.Headers["X-Region"].Value);
        Assert.False(remote.Headers.ContainsKey("X-Trace"));
    }

    [Fact]
    public void Variables_go_before_what_the_file_proposes()
    {
        var config = Load(
            ("api_key", "k3y"),
            ("X_PROJECT", "p1"),
            ("TENANT", "acme"),
            ("X_REGION", "us"),
            ("X_TRACE", "on")
        );

        var remote = Assert.IsType<RemoteSpec>(config.Spec("acme-analytics").Runtime);
        Assert.StartsWith("https://acme.", remote.Url.Value, StringComparison.Ordinal);
        Assert.Equal("us", remote.Headers["X-Region"].Value);
        Assert.Equal("on", remote.Headers["X-Trace"].Value);
    }

    [Fact]
    public void What_is_required_and_missing_is_asked_for_by_name()
    {
        var config = Load();

        Assert.Empty(config.Servers);
        Assert.Contains("'api_key'", config.Problems, StringComparison.Ordinal);
        Assert.Contains("'X-Project'", config.Problems, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "name": "a/b", "packages": [{ "registryType": "npm" }] }""")]
    [InlineData("""{ "name": "a/b", "remotes": [] }""")]
    [InlineData("""{ "name": "a/b", "remotes": [{ "type": "grpc", "url": "https://x" }] }""")]
    [InlineData("""{ "name": "a/b", "remotes": [{ "type": "sse" }] }""")]
    public void Without_a_remote_that_can_be_reached_there_is_no_server(string text)
    {
        var config = Written.Load(("server.json", text));

        Assert.Empty(config.Servers);
        Assert.Equal("server.json:1:1 GT0513", config.Codes);
    }

    private static ConfigSnapshot Load(params (string Name, string Value)[] variables) =>
        new Written([("server.json", Described)])
        {
            Variables = variables.ToImmutableDictionary(one => one.Name, one => one.Value),
        }.Load();
}
