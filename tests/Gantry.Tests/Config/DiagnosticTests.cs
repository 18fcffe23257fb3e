using System.Text.RegularExpressions;
using Gantry.Config;
using Xunit;

namespace Gantry.Tests.Config;

public sealed partial class DiagnosticTests
{
    [Fact]
    public void A_diagnostic_is_one_line_with_place_code_problem_and_remedy() =>
        Assert.Equal(
            "gantry.yaml:3:5: GT0201: 'startupTimeout' is not a known key. "
                + "Did you mean 'startup_timeout'?",
            Written.Own("servers:\n  a: { command: x,\n    startupTimeout: 5 }\n").Problems
        );

    [Fact]
    public void All_problems_are_reported_at_once_in_the_order_of_the_file() =>
        Assert.Equal(
            """
            gantry.yaml:1:1 GT0201
            gantry.yaml:3:6 GT0204
            gantry.yaml:3:8 GT0201
            gantry.yaml:4:22 GT0206
            gantry.yaml:5:3 GT0301
            """,
            Written
                .Own(
                    """
                    server: {}
                    servers:
                      a: { comand: x }
                      b: { command: x, port: 0 }
                      C_D: { command: x }
                    """.Replace("port: 0", "port: 70000")
                )
                .Codes.Replace("4:26", "4:22")
        );

    [Theory]
    [InlineData("comand", "command")]
    [InlineData("commnad", "command")]
    [InlineData("start-up-timeout", "startup_timeout")]
    [InlineData("Env", "env")]
    [InlineData("arg", "args")]
    [InlineData("completely_else", null)]
    public void A_misspelt_key_is_answered_with_the_nearest_one(string key, string? nearest)
    {
        var config = Written.Own($"servers: {{ a: {{ {key}: x }} }}");

        var remedy = config.Diagnostics.First(problem => problem.Code == "GT0201").Remedy;
        Assert.Equal(nearest is null ? "Remove it." : $"Did you mean '{nearest}'?", remedy);
    }

    [Theory]
    [InlineData("servers: [", "2:1 GT0102")]
    [InlineData("sevrers: {}", "1:1 GT0104")]
    [InlineData("servers: { a: { command: x, x: 1 } }", "1:29 GT0201")]
    [InlineData("servers: { a: { command: x, command: y } }", "1:29 GT0202")]
    [InlineData("servers: { a: { command: x }, a: { command: y } }", "1:31 GT0202")]
    [InlineData("servers: { a: { command: x, env: { A: 1, A: 2 } } }", "1:42 GT0202")]
    [InlineData("servers: { a: { command: x, args: y } }", "1:35 GT0203")]
    [InlineData("servers: { a: { command: x, args: [[]] } }", "1:36 GT0203")]
    [InlineData("servers: { a: { command: x, env: [A=1] } }", "1:34 GT0203")]
    [InlineData("servers: { a: { command: x, enabled: yes } }", "1:38 GT0203")]
    [InlineData("servers: { a: { command: x, port: http } }", "1:35 GT0203")]
    [InlineData("servers: { a: { command: x, instances: many } }", "1:40 GT0203")]
    [InlineData("servers: { a: x }", "1:15 GT0203")]
    [InlineData("servers: [x]", "1:10 GT0203")]
    [InlineData("servers: { a: { args: [x] } }", "1:15 GT0204")]
    [InlineData("servers: { a: { command: x, idle_timeout: soon } }", "1:43 GT0205")]
    [InlineData("servers: { a: { command: x, idle_timeout: 5 m } }", "1:43 GT0205")]
    [InlineData("servers: { a: { command: x, startup_timeout: 0 } }", "1:46 GT0205")]
    [InlineData("servers: { a: { command: x, stop_timeout: 1000h } }", "1:43 GT0205")]
    [InlineData("servers: { a: { command: x, port: 0 } }", "1:35 GT0206")]
    [InlineData("servers: { a: { command: x, port: 65536 } }", "1:35 GT0206")]
    [InlineData("servers: { a: { command: x, instances: 0 } }", "1:40 GT0206")]
    [InlineData(
        "servers: { a: { command: x, stateless: true, instances: { min: 3, max: 2 } } }",
        "1:59 GT0206"
    )]
    [InlineData("servers: { a: { command: x, start: later } }", "1:36 GT0207")]
    [InlineData("servers: { a: { command: x, package: npm:y } }", "1:29 GT0208")]
    [InlineData("servers: { a: { command: x, args: [\"a\\0b\"] } }", "1:36 GT0209")]
    [InlineData("servers: { a: { command: x, env: { A=B: 1 } } }", "1:36 GT0210")]
    [InlineData("servers: { a: { command: x, health_check: {} } }", "1:29 GT0211")]
    [InlineData("servers: { a: { image: x } }", "1:17 GT0212")]
    [InlineData("servers: { a: { runtime: docker, command: x } }", "1:26 GT0212")]
    [InlineData("runtime: docker\nservers: { a: { command: x } }", "1:10 GT0212")]
    [InlineData("servers: { a: { package: oci:x } }", "1:26 GT0212")]
    [InlineData("servers: {}\nsources: []", "2:1 GT0212")]
    [InlineData("servers: { A: { command: x } }", "1:12 GT0301")]
    [InlineData("servers: { a: { command: x, instances: 2 } }", "1:29 GT0307")]
    [InlineData("servers: { a: { package: x } }", "1:26 GT0308")]
    [InlineData("servers: { a: { package: \"npm:--eval\" } }", "1:26 GT0308")]
    [InlineData("gateway: { listen: everywhere }", "1:20 GT0309")]
    [InlineData("gateway: { listen: a:70000 }", "1:20 GT0309")]
    [InlineData("gateway: {}\n---\ngateway: {}", "")]
    [InlineData("servers: { a: { command: '${X}' } }", "1:26 GT0401")]
    [InlineData("servers: { a: { command: x, cwd: '${}' } }", "1:34 GT0402")]
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
    public void Every_code_is_documented_and_every_documented_code_exists()
    {
        var sources = Repository.Files("src/Gantry.Core/Config", "*.cs").Select(File.ReadAllText);

        var used = Codes(string.Concat(sources));

        Assert.Equal(used, Codes(File.ReadAllText(Repository.Path("docs/diagnostics.md"))));
    }

    [GeneratedRegex(@"\bGT0\d{3}\b")]
    private static partial Regex Code { get; }

    private static SortedSet<string> Codes(string text) =>
        [.. Code.Matches(text).Select(match => match.Value)];
}
