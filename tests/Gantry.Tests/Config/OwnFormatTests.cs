using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed class OwnFormatTests
{
    [Fact]
    public void A_document_defines_servers_by_name()
    {
        var config = Written.Own(
            """
            runtime: process
            gateway: { listen: "127.0.0.1:9000" }
            servers:
              files:
                package: npm:@modelcontextprotocol/server-filesystem@2026.8.31
                args: [./data]
              memory:
                description: Remembers.
                command: node
                args: [memory/index.js, 42, true]
                env: { LIMIT: 10, EMPTY: }
                start: on_demand
                isolation: session
                instances: { min: 1, max: 3 }
                startup_timeout: 1.5
                idle_timeout: 500ms
                drain_timeout: 2m
                stop_timeout: 1h
                port: 3004
            """
        );

        Assert.Empty(config.Problems);
        Assert.Equal("files memory", config.Names);
        Assert.Equal(["127.0.0.1:9000"], config.Gateway.Listen);
        Assert.Equal(
            "npx -y @modelcontextprotocol/server-filesystem@2026.8.31 ./data",
            config.Spec("files").CommandLine
        );
        var memory = config.Spec("memory");
        Assert.Equal("node memory/index.js 42 true", memory.CommandLine);
        Assert.Equal("Remembers.", memory.Description);
        Assert.Equal("10", memory.Environment["LIMIT"].Value);
        Assert.Equal("", memory.Environment["EMPTY"].Value);
        Assert.Equal((StartMode.OnDemand, Isolation.Session), (memory.Start, memory.Isolation));
        Assert.Equal(new(1, 3), memory.Instances);
        Assert.Equal(TimeSpan.FromSeconds(1.5), memory.StartupTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(500), memory.IdleTimeout);
        Assert.Equal(TimeSpan.FromMinutes(2), memory.DrainTimeout);
        Assert.Equal(TimeSpan.FromHours(1), memory.StopGrace);
        Assert.Equal(3004, memory.Port);
        Assert.Equal(new Place("gantry.yaml", 7, 3), memory.Place);
    }

    [Fact]
    public void A_file_may_be_one_server_with_its_name()
    {
        var config = Written.Load(
            ("time.yaml", "name: time\npackage: pypi:mcp-server-time==1.0\nargs: [--utc]")
        );

        Assert.Empty(config.Problems);
        Assert.Equal("uvx mcp-server-time==1.0 --utc", config.Spec("time").CommandLine);
    }

    [Fact]
    public void What_is_not_said_has_the_documented_default()
    {
        var spec = Written.Own("servers: { a: { command: x } }").Spec("a");

        Assert.Equal(
            new ServerSpec(spec.Name, spec.Runtime, spec.Place).ToString(),
            (spec with { Environment = spec.Environment.Clear() }).ToString()
        );
        Assert.Equal("/conf", spec.Process.Directory);
    }

    [Theory]
    [InlineData("command: x", Replacement.Recreate)]
    [InlineData("command: x, isolation: session", Replacement.Surge)]
    [InlineData("command: x, stateless: true", Replacement.Surge)]
    [InlineData("command: x, stateless: true, replacement: recreate", Replacement.Recreate)]
    public void A_server_is_replaced_without_overlap_where_two_copies_could_harm(
        string keys,
        Replacement expected
    ) =>
        Assert.Equal(
            expected,
            Written.Own($"servers: {{ a: {{ {keys} }} }}").Spec("a").Replacement
        );

    [Theory]
    [InlineData("stateless: true, instances: 3", 3, 3)]
    [InlineData("stateless: true, instances: 3, start: on_demand", 0, 3)]
    [InlineData("stateless: true, instances: { max: 3 }", 0, 3)]
    [InlineData("isolation: session, instances: 3", 0, 3)]
    [InlineData("isolation: session", 0, 16)]
    [InlineData("instances: 1", 1, 1)]
    public void Instances_are_a_number_or_a_range(string keys, int min, int max) =>
        Assert.Equal(
            new InstanceRange(min, max),
            Written.Own($"servers: {{ a: {{ command: x, {keys} }} }}").Spec("a").Instances
        );

    [Theory]
    [InlineData("command: x", "x", "/conf")]
    [InlineData("command: ./x", "/conf/x", "/conf")]
    [InlineData("command: bin/x, cwd: sub", "/conf/sub/bin/x", "/conf/sub")]
    [InlineData("command: /bin/x, cwd: /srv", "/bin/x", "/srv")]
    [InlineData("command: ../x, cwd: .", "/x", "/conf")]
    public void Paths_are_relative_to_the_file_and_commands_to_the_directory_they_run_in(
        string keys,
        string command,
        string directory
    )
    {
        var process = Written.Own($"servers: {{ a: {{ {keys} }} }}").Spec("a").Process;

        Assert.Equal((command, directory), (process.Command.Value, process.Directory));
        Assert.False(process.Command.HasVariables);
    }

    [Fact]
    public void A_disabled_server_is_known_but_not_wanted()
    {
        var config = Written.Own("servers:\n  a: { command: x, enabled: false }\n");

        Assert.Empty(config.Problems);
        Assert.Empty(config.Servers);
        Assert.Equal(new Place("gantry.yaml", 2, 3), config.Disabled[ServerName.Parse("a")]);
    }

    [Fact]
    public void A_bad_server_does_not_stop_the_others()
    {
        var config = Written.Own("servers: { good: { command: x }, bad: { comand: x } }");

        Assert.Equal("good", config.Names);
        Assert.True(config.HasErrors);
    }

    [Fact]
    public void A_policy_that_cannot_be_enforced_starts_nothing()
    {
        var config = Written.Own("policy: {}\nservers: { a: { command: x } }");

        Assert.Empty(config.Servers);
        Assert.Equal("gantry.yaml:1:1 GT0212", config.Codes);
    }

    [Fact]
    public void Anchors_and_merge_keys_save_repetition()
    {
        var config = Written.Own(
            """
            x-defaults: &defaults { start: on_demand, idle_timeout: 10s }
            servers:
              a: { <<: *defaults, command: a }
              b: { <<: *defaults, command: b, start: eager }
            """
        );

        Assert.Empty(config.Problems);
        Assert.Equal(TimeSpan.FromSeconds(10), config.Spec("b").IdleTimeout);
        Assert.Equal(StartMode.OnDemand, config.Spec("a").Start);
        Assert.Equal(StartMode.Eager, config.Spec("b").Start);
    }

    [Fact]
    public void A_file_may_hold_several_documents()
    {
        var config = Written.Load(("all.yaml", "name: a\ncommand: x\n---\nname: b\ncommand: y\n"));

        Assert.Equal("a b", config.Names);
    }
}
