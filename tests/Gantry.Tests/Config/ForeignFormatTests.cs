using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class ForeignFormatTests
{
    private const string Executor = """
        {
          "name": "authentik-mcp",
          "enabled": true,
          "description": "Single sign-on",
          "command": "npx",
          "args": ["-y", "@cdmx/authentik-mcp", "--token", "${TOKEN:-none}"],
          "env": { "REGION": "eu" },
          "port": 3001,
          "metadata": { "package": "@cdmx/authentik-mcp", "added": "2025-01-31", "tools": ["a"] }
        }
        """;

    [Fact]
    public void An_executor_file_is_read_as_it_is()
    {
        var config = Written.Load(("authentik.json", Executor));

        Assert.Empty(config.Problems);
        var spec = config.Spec("authentik-mcp");
        Assert.Equal("npx -y @cdmx/authentik-mcp --token none", spec.CommandLine);
        Assert.Equal("eu", spec.Environment["REGION"].Value);
        Assert.Equal((3001, StartMode.Eager), (spec.Port, spec.Start));
        Assert.Equal("Single sign-on", spec.Description);
    }

    [Theory]
    [InlineData("code-executor", 3000, "")]
    [InlineData("other", 3000, "GT0305")]
    [InlineData("other", 3001, "")]
    [InlineData("other", 3010, "")]
    [InlineData("other", 3011, "GT0306")]
    [InlineData("other", 80, "GT0306")]
    public void Executor_ports_follow_the_rules_of_their_deployment(
        string name,
        int port,
        string codes
    )
    {
        var text = $$"""{"name": "{{name}}", "enabled": true, "command": "x", "port": {{port}}}""";

        var config = Written.Load(("x.json", text));

        Assert.Equal(codes, string.Join(' ', config.Diagnostics.Select(problem => problem.Code)));
        Assert.Equal(codes != "GT0305", config.Servers.Count == 1);
    }

    [Fact]
    public void A_file_of_mcpServers_is_read_as_it_is()
    {
        var config = Written.Load(
            (
                "claude_desktop_config.json",
                """
                {
                  // what the desktop keeps here is its own business
                  "theme": "dark",
                  "mcpServers": {
                    "files": { "command": "npx", "args": ["-y", "server-filesystem", "${workspaceFolder}/data"] },
                    "example-mcp-server": {
                      "command": "docker",
                      "args": ["run", "--rm", "--interactive", "--env", "FASTMCP_LOG_LEVEL=ERROR", "mcp/example:latest"],
                      "env": { "ADDITIONAL_ENV_VAR": "value" },
                      "disabled": false,
                      "autoApprove": []
                    },
                    "off": { "command": "x", "disabled": true },
                    "remote": { "type": "http", "url": "https://example.com/mcp", "headers": { "A": "b" } },
                  },
                }
                """
            )
        );

        Assert.Equal("example-mcp-server files remote", config.Names);
        Assert.Empty(config.Problems);
        var remote = Assert.IsType<RemoteSpec>(config.Spec("remote").Runtime);
        Assert.Equal("https://example.com/mcp", remote.Url.Value);
        Assert.Equal(RemoteTransport.Auto, remote.Transport);
        Assert.Equal("b", remote.Headers["a"].Value);
        Assert.Equal("npx -y server-filesystem /conf/data", config.Spec("files").CommandLine);
        Assert.Equal(
            "value",
            config.Spec("example-mcp-server").Environment["ADDITIONAL_ENV_VAR"].Value
        );
        Assert.Single(config.Disabled);
    }

    [Fact]
    public void The_inputs_of_VS_Code_are_variables_or_their_defaults()
    {
        var written = new Written([
            (
                ".vscode/mcp.json",
                """
                {
                  "inputs": [
                    { "type": "promptString", "id": "api-key", "description": "Key", "password": true },
                    { "type": "promptString", "id": "region", "default": "eu" }
                  ],
                  "servers": {
                    "playwright": { "command": "npx", "args": ["-y", "@playwright/mcp"] },
                    "my": {
                      "type": "stdio",
                      "command": "${workspaceFolder}/bin/my",
                      "args": ["${input:region}", "${userHome}"],
                      "env": { "KEY": "${input:api-key}" },
                      "envFile": "${workspaceFolder}/.env",
                      "dev": { "watch": "src/**" }
                    }
                  }
                }
                """
            ),
        ])
        {
            Variables = Variables(("API_KEY", "s3cret"), ("HOME", "/home/me")),
            EnvFiles = Variables(("/conf/.env", "A=1\nKEY=overruled")),
        };

        var config = written.Load();

        Assert.Empty(config.Problems);
        Assert.Equal("my playwright", config.Names);
        Assert.Equal("/conf/bin/my eu /home/me", config.Spec("my").CommandLine);
        Assert.Equal("s3cret", config.Spec("my").Environment["KEY"].Value);
        Assert.Equal(new Expandable("${A}", "1"), config.Spec("my").Environment["A"]);
        Assert.Equal("/conf", config.Spec("my").Process.Directory);
    }

    [Fact]
    public void A_registry_starts_its_servers_with_their_first_call()
    {
        var config = Written.Load(
            (
                "registry.json",
                """
                {
                  "mcps": {
                    "comfyui": {
                      "description": "AI image generation",
                      "command": "python",
                      "args": ["-m", "mcp_comfyui"],
                      "env": { "COMFYUI_URL": "http://localhost:8188" },
                      "startup_timeout": 45,
                      "health_check": { "method": "tool_call", "tool": "get_status" },
                      "resources": { "max_memory": "2G", "max_cpu": "1.0", "max_instances": 3 }
                    }
                  }
                }
                """
            )
        );

        var spec = config.Spec("comfyui");
        Assert.Equal(StartMode.OnDemand, spec.Start);
        Assert.Equal(TimeSpan.FromSeconds(45), spec.StartupTimeout);
        Assert.Equal(new(0, 1), spec.Instances);
        Assert.Equal(
            """
            registry.json:9:7 GT0211
            registry.json:10:22 GT0211
            registry.json:10:42 GT0211
            registry.json:10:60 GT0307
            """,
            config.Codes
        );
        Assert.False(config.HasErrors);
    }

    [Fact]
    public void A_name_that_no_address_can_hold_is_changed_with_a_remark()
    {
        var config = Written.Load(
            ("mcp.json", """{"mcpServers": {"GitHub_Tools": {"command": "x"}}}""")
        );

        Assert.Equal("github-tools", config.Names);
        Assert.Equal(
            "mcp.json:1:17: GT0302: 'GitHub_Tools' cannot be part of every address, so it is "
                + "served as 'github-tools'. Rename it to 'github-tools' to be rid of this remark.",
            config.Problems
        );
    }

    [Fact]
    public void An_entry_that_only_names_an_address_is_reached_there()
    {
        var config = Written.Load(
            (
                "my-server.json",
                """{"name": "my-server", "type": "SSE", "url": "http://x:3002", "enabled": true}"""
            )
        );

        Assert.Empty(config.Problems);
        var remote = Assert.IsType<RemoteSpec>(config.Spec("my-server").Runtime);
        Assert.Equal("http://x:3002", remote.Url.Value);
        Assert.Equal(RemoteTransport.Sse, remote.Transport);
    }

    [Theory]
    [InlineData("http", RemoteTransport.Auto)]
    [InlineData("streamable-http", RemoteTransport.StreamableHttp)]
    [InlineData("sse", RemoteTransport.Sse)]
    [InlineData("ws", RemoteTransport.WebSocket)]
    public void A_type_says_how_an_address_is_spoken_to(string type, RemoteTransport expected)
    {
        var url = type is "ws" ? "ws://x" : "http://x";
        var config = Written.Load(
            (".mcp.json", $$"""{"mcpServers": {"a": {"type": "{{type}}", "url": "{{url}}" } } }""")
        );

        Assert.Empty(config.Problems);
        Assert.Equal(expected, Assert.IsType<RemoteSpec>(config.Spec("a").Runtime).Transport);
    }

    [Fact]
    public void An_entry_with_both_a_command_and_an_address_is_a_mistake()
    {
        var config = Written.Load(
            (".mcp.json", """{"mcpServers": {"a": {"command": "x", "url": "http://x"}}}""")
        );

        Assert.Empty(config.Servers);
        Assert.Equal(".mcp.json:1:46 GT0208", config.Codes);
    }

    [Theory]
    [InlineData("""{"name": "app", "version": "1.0.0", "scripts": {}, "dependencies": {}}""")]
    [InlineData("""{"name": "dev", "image": "mcr.example.com/devcontainers/base"}""")]
    [InlineData("services: { web: { image: nginx } }")]
    [InlineData("[1, 2]")]
    [InlineData("just text")]
    [InlineData("")]
    [InlineData("# nothing\n")]
    public void Files_of_other_programs_are_not_recognised(string text) =>
        Assert.Equal("other.json:1:1 GT0104", Written.Load(("other.json", text)).Codes);

    private static System.Collections.Immutable.ImmutableDictionary<string, string> Variables(
        params (string Name, string Value)[] variables
    ) =>
        System.Collections.Immutable.ImmutableDictionary.CreateRange(
            variables.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))
        );
}
