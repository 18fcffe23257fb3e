using System.Text.RegularExpressions;
using Xunit;

namespace Gantry.Tidy;

/// <summary>What the files of the repository promise as a whole.</summary>
public sealed partial class TreeTests
{
    private const int MaxBytes = 1_000_000;

    // Split, so that this file does not break its own rule.
    private static readonly string[] s_elsewhere = ["/ro" + "ot/", "/wo" + "rk/", "/Us" + "ers/"];

    [GeneratedRegex(@"^\d{4}-[a-z0-9-]+\.md$")]
    private static partial Regex RecordName { get; }

    [GeneratedRegex(@"/home/(?!(user|me|you)\b)[a-z]+")]
    private static partial Regex HomeFolder { get; }

    [GeneratedRegex(@"[\w.+-]+@[\w-]+(\.[\w-]+)*\.(com|org|net|io|dev)\b")]
    private static partial Regex MailAddress { get; }

    private static TextFile[] Records { get; } =
    [
        .. Repository.Files.Where(file =>
            file.IsIn("docs/decisions/") && RecordName.IsMatch(file.Name)
        ),
    ];

    [Fact]
    public void No_file_names_the_machine_it_was_written_on() =>
        Nothing.In(
            from file in Written()
            from line in file.Lines
            where s_elsewhere.Any(line.Contains) || HomeFolder.IsMatch(line)
            select $"{file.Path}: {line.Trim()}",
            "Use a relative path, or a folder that every machine has."
        );

    [Fact]
    public void No_file_holds_a_mail_address() =>
        Nothing.In(
            from file in Written()
            from Match match in MailAddress.Matches(file.Text)
            where !match.Value.Contains("example", StringComparison.Ordinal)
            select $"{file.Path}: {match.Value}",
            "Use example.com."
        );

    [Fact]
    public void No_file_is_large() =>
        Nothing.In(
            from file in Repository.Files
            where file.Text.Length > MaxBytes
            select $"{file.Path}: {file.Text.Length} characters",
            "Fetch it, or make it."
        );

    [Fact]
    public void Text_ends_with_a_line_break_and_has_no_tabs_or_carriage_returns() =>
        Nothing.In(
            from file in Written()
            where file.Text.Length > 0
            where !file.Text.EndsWith('\n') || file.Text.Contains('\r', StringComparison.Ordinal)
            select file.Path,
            "See .editorconfig."
        );

    [Fact]
    public void Decision_records_are_numbered_without_gaps() =>
        Assert.Equal(
            Enumerable.Range(1, Records.Length).Select(number => $"{number:0000}"),
            Records.Select(record => record.Name[..4])
        );

    [Fact]
    public void A_decision_record_says_what_why_and_what_follows() =>
        Nothing.In(
            from record in Records
            from part in (string[])
                [$"# {record.Name[..4]}. ", "\nStatus: ", "\n## Why", "\n## What follows"]
            where !record.Text.Contains(part, StringComparison.Ordinal)
            select $"{record.Path} lacks \"{part.Trim()}\"",
            "A record has a title, a status, a why, and what follows from it."
        );

    [Fact]
    public void The_list_of_decisions_is_complete()
    {
        var list = Repository.File("docs/decisions/README.md").Text;

        Nothing.In(
            from record in Records
            where !list.Contains($"]({record.Name})", StringComparison.Ordinal)
            select record.Path,
            "Add it to docs/decisions/README.md."
        );
    }

    [Fact]
    public void The_formatter_is_pinned_configured_and_run()
    {
        Assert.Contains("\"csharpier\"", Repository.File(".config/dotnet-tools.json").Text);
        Assert.Contains("\"printWidth\": 100", Repository.File(".csharpierrc.json").Text);
        Assert.Contains("csharpier check", Repository.File("test").Text);
    }

    [Fact]
    public void Projects_state_no_versions_of_their_own() =>
        Nothing.In(
            from file in Repository.Files
            where file.Name.EndsWith(".csproj", StringComparison.Ordinal)
            where Regex.IsMatch(file.Text, @"<PackageReference[^>]*Version")
            select file.Path,
            "Versions stand in Directory.Packages.props."
        );

    // Lock files are made by a tool and hold what others wrote.
    private static IEnumerable<TextFile> Written() =>
        Repository.Files.Where(file =>
            file.Name is not "package-lock.json" and not "packages.lock.json"
        );
}
