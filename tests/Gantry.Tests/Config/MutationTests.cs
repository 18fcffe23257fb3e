using System.Text;
using Xunit;

namespace Gantry.Tests.Config;

/// <summary>Whatever stands in a file, it ends in servers and diagnostics, never in an exception.</summary>
public sealed class MutationTests
{
    private const int Rounds = 400;

    private static readonly string[] s_valid =
    [
        """
            runtime: process
            x-all: &all { start: on_demand }
            servers:
              a: { <<: *all, command: node, args: [x, "y\u0041", 'z'], env: { A: "${B:-c}" } }
              b:
                package: npm:@a/b@1.0
                instances: { min: 0, max: 3 }
                stateless: true
                idle_timeout: 5m
            """,
        """
            { // comment
              "mcpServers": { "A_b": { "command": "x", "args": ["-y", "${env:HOME}"], "disabled": false } },
              /* more */ "inputs": [],
            }
            """,
        """{"mcps": {"a": {"command": "x", "startup_timeout": 30, "resources": {"max_instances": 3}}}}""",
        """{"name": "a", "enabled": true, "command": "npx", "args": [], "port": 3001, "metadata": {}}""",
        """{"servers": {"a": {"type": "stdio", "command": "x"}}, "inputs": [{"id": "k", "default": "v"}]}""",
    ];

    private static readonly string[] s_pieces =
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "'",
        "\n",
        "\t",
        "  ",
        "- ",
        "? ",
        "|",
        ">",
        "&a ",
        "*a",
        "!!x ",
        "%",
        "---\n",
        "${",
        "}",
        "\\u12",
        "\\U99999999",
        "\0",
        "\uFEFF",
        "\uD800",
        "//",
        "/*",
        "#",
        "null",
        "~",
        "<<",
        "1e999",
        "99999999999999999999",
        "servers",
        "command",
        "é",
        "@",
        "`",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Seeds))]
    public async Task Damaged_files_never_throw(int seed)
    {
        var dice = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var text = Damage(s_valid[dice.Next(s_valid.Length)], dice);

            var config = Written.Load(("file.yaml", text));

            Assert.All(config.Diagnostics, problem => Assert.True(problem.Place.Line >= 1));
        }

        await Task.CompletedTask;
    }

    private static string Damage(string text, Random dice)
    {
        var damaged = new StringBuilder(text);
        for (var times = dice.Next(1, 5); times > 0; times--)
        {
            var at = dice.Next(damaged.Length);
            switch (dice.Next(4))
            {
                case 0:
                    damaged.Insert(at, s_pieces[dice.Next(s_pieces.Length)]);
                    break;
                case 1:
                    damaged.Remove(at, Math.Min(dice.Next(1, 8), damaged.Length - at));
                    break;
                case 2:
                    damaged.Length = Math.Max(1, at);
                    break;
                default:
                    damaged[at] = (char)dice.Next(0x20, 0x7f);
                    break;
            }

            if (damaged.Length == 0)
            {
                return "";
            }
        }

        return damaged.ToString();
    }
}
