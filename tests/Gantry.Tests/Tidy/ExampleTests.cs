using System.Collections.Immutable;
using Gantry.Config;
using Xunit;

namespace Gantry.Tidy;

public sealed class ExampleTests
{
    private static readonly ImmutableArray<string> s_examples =
    [
        .. Directory
            .GetDirectories(Path.Combine(Repository.Root, "examples"))
            .Select(folder => $"examples/{Path.GetFileName(folder)}")
            .Order(StringComparer.Ordinal),
    ];

    public static IEnumerable<TheoryDataRow<string>> Examples =>
        s_examples.Select(example => new TheoryDataRow<string>(example));

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_has_servers_and_no_problems(string example)
    {
        var inputs = new ConfigInputs([Path.Combine(Repository.Root, example)])
        {
            Environment = static _ => null,
        };

        var config = new ConfigLoader(inputs, new byte[32]).Load(null);

        Nothing.In(config.Diagnostics.Select(problem => problem.ToString()), example);
        Assert.NotEmpty(config.Servers);
    }

    [Fact]
    public void An_example_is_started_by_an_end_to_end_test() =>
        Nothing.In(
            s_examples.Where(example => !IsStarted(example)),
            "Name it in a test that starts it."
        );

    [Fact]
    public void Packages_in_examples_are_pinned() =>
        Nothing.In(
            from file in Repository.Files
            where file.IsIn("examples/")
            from line in file.Lines
            where
                line.Contains("npm:", StringComparison.Ordinal)
                || line.Contains("\"-y\"", StringComparison.Ordinal)
            where !System.Text.RegularExpressions.Regex.IsMatch(line, @"@\d+\.\d+\.\d+")
            select $"{file}: {line.Trim()}",
            "Name the version."
        );

    private static bool IsStarted(string example) =>
        Repository
            .Sources.Where(source => source.IsIn("tests/Gantry.EndToEnd/"))
            .Any(source => source.File.Text.Contains($"\"{example}\"", StringComparison.Ordinal));
}
