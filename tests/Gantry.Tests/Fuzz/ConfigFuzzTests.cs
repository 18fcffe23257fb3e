using System.Text;
using Gantry.Config.Variables;
using Gantry.Tests.Config;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>Configuration files of every format, damaged.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] s_names =
    [
        "gantry.yaml",
        "gantry.json",
        "mcp.json",
        "server.json",
        "file.yml",
    ];

    private static readonly (string Name, string Text)[] s_others =
    [
        (
            "mcp.json",
            """{"servers":{"a":{"type":"stdio","command":"x","args":["${input:k}"]}},"inputs":[{"type":"promptString","id":"k","default":"v","password":true}]}"""
        ),
        (
            "mcp.json",
            """{"mcpServers":{"A_b":{"command":"x","args":["-y","${env:HOME}"],"disabled":false},"c":{"type":"sse","url":"https://x/sse","headers":{"A":"${B:-c}"}}}}"""
        ),
        (
            "server.json",
            """{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json","name":"io.x/y","description":"d","version":"1.0.0","packages":[{"registryType":"npm","identifier":"@a/b","version":"1.0.0","transport":{"type":"stdio"},"environmentVariables":[{"name":"K","isSecret":true}]}],"remotes":[{"type":"sse","url":"https://x/{y}"}]}"""
        ),
        (
            "executors.json",
            """{"mcps":{"a":{"command":"x","startup_timeout":30,"resources":{"max_instances":3}}}}"""
        ),
        (
            "gantry.yaml",
            """
            x-all: &all { start: on_demand, tenant: t }
            servers:
              a: { <<: *all, command: node, args: [x, "y\u0041", 'z'], env: { A: "${B:-c}" } }
              b: { package: "npm:@a/b@1.0", instances: { min: 0, max: 3 }, idle_timeout: 5m }
              c: { url: "https://x/mcp", headers: { X: "${Y}" }, auth: { type: oauth, client_id: i } }
              d: { command: x, max_concurrency: 1, results: { max_size: 1M, redact: [jwt, /a+/] } }
            groups:
              g: { servers: [a, b], deny: [a__x] }
            gateway:
              separator: "__"
              limits: { max_body_size: 16M, keep_alive: 15s }
            """
        ),
    ];

    private static readonly (string Name, byte[] Text)[] s_files = [.. Files()];

    [Fact]
    public void A_file_ends_in_servers_or_in_problems_with_a_place_and_a_remedy() =>
        Fuzzer
            .Make()
            .Run(
                2_000,
                one =>
                {
                    var (name, text) = s_files[one.Dice.Next(s_files.Length)];
                    var damaged = one.Note(Damage.Once(text, one.Dice));
                    var file = one.Dice.Next(4) == 0 ? Pieces.Pick(one.Dice, s_names) : name;

                    var config = Written.Load((one.Note(file), Encoding.UTF8.GetString(damaged)));

                    Assert.All(
                        config.Diagnostics,
                        problem => Assert.True(problem.Place is { Line: >= 1, Column: >= 1 })
                    );
                    Assert.All(config.Diagnostics, problem => Assert.NotEmpty(problem.Remedy));
                }
            );

    [Fact]
    public void A_file_of_variables_ends_in_variables_or_in_problems() =>
        Fuzzer
            .Make()
            .Run(
                2_000,
                one =>
                {
                    var text =
                        "A=1\nexport B=\"two\\n\" # no\n# c\nC='x y'\n\nD=${A}\n"u8.ToArray();
                    var damaged = one.Note(Damage.Once(text, one.Dice));

                    var read = EnvFileParser.Parse(".env", Encoding.UTF8.GetString(damaged));

                    Assert.All(read.Diagnostics, problem => Assert.True(problem.Place.Line >= 1));
                }
            );

    // The examples hold what users write, and the others what is in none of them.
    private static IEnumerable<(string Name, byte[] Text)> Files() =>
        Tidy
            .Repository.Files.Where(file =>
                file.Path.StartsWith("examples/", StringComparison.Ordinal)
            )
            .Where(file => Path.GetExtension(file.Path) is ".yaml" or ".json")
            .Select(file => (Path.GetFileName(file.Path), string.Join('\n', file.Lines)))
            .Concat(s_others)
            .Select(file => (file.Item1, Encoding.UTF8.GetBytes(file.Item2)));
}
