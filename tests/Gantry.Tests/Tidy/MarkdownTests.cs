using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Xunit;

namespace Gantry.Tidy;

/// <summary>What the documents name is there: types, files, commands, options, codes.</summary>
public sealed partial class MarkdownTests
{
    private static readonly Lazy<ImmutableHashSet<string>> s_identifiers = new(() =>
        [.. Repository.Sources.SelectMany(source => source.Identifiers())]
    );

    private static readonly Lazy<ImmutableHashSet<string>> s_fileNames = new(() =>
        [.. Repository.Files.Select(file => file.Name)]
    );

    // What is not Markdown: there an option, a variable or a code is made, not only spoken of.
    private static readonly Lazy<string> s_made = new(() =>
        string.Join('\n', Repository.Files.Where(IsMade).Select(file => file.Text))
    );

    // Files of other programs, and files that only a user has.
    private static readonly ImmutableHashSet<string> s_elsewhere =
    [
        ".mcp.json",
        ".cursor/mcp.json",
        ".vscode/mcp.json",
        "claude_desktop_config.json",
        "mcp.config.json",
        "config/registry.json",
        "mcp-config/executor",
        "mcp-config/executor/*.json",
        "registry.json",
        "package.json",
        "server.json",
    ];

    // Words in capitals that are nobody's type here: protocol headers, kernel features, products.
    private static readonly ImmutableHashSet<string> s_foreign =
    [
        "Origin",
        "Host",
        "Accept",
        "ConfigureAwait",
    ];

    [GeneratedRegex("(?<!`)`([^`\n]+)`(?!`)")]
    private static partial Regex Code { get; }

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"^[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)*(?:\.[A-Z][A-Za-z0-9]+)*(?:\(\))?$")]
    private static partial Regex TypeName { get; }

    [GeneratedRegex(@"^[\w./-]+\.(cs|csproj|md|json|ya?ml|props|slnx|sh|toml|ts|js|mjs)$")]
    private static partial Regex FileName { get; }

    [GeneratedRegex(@"^(src|tests|docs|bench|examples|\.ci|\.config)(/[\w.-]+)*/?$")]
    private static partial Regex OwnPath { get; }

    [GeneratedRegex(@"^(?:\$ )?(?:\./)?gantry (?<command>[a-z]+)\b")]
    private static partial Regex Command { get; }

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+")]
    private static partial Regex Option { get; }

    [GeneratedRegex(@"\bGANTRY_[A-Z_]+\b|\bGT\d{4}\b")]
    private static partial Regex Token { get; }

    [Fact]
    public void Types_in_documents_exist() =>
        Nothing.In(
            from span in Spans()
            where TypeName.IsMatch(span.Text)
            from part in span.Text.TrimEnd('(', ')').Split('.')
            where !s_identifiers.Value.Contains(part) && !s_foreign.Contains(span.Text)
            where !FileName.IsMatch(span.Text)
            select $"{span.File}: {span.Text}",
            "No code has this name."
        );

    [Fact]
    public void Files_and_folders_in_documents_exist() =>
        Nothing.In(
            from span in Spans()
            where OwnPath.IsMatch(span.Text) || FileName.IsMatch(span.Text)
            where !IsThere(span.File, span.Text)
            select $"{span.File}: {span.Text}",
            "No file has this name."
        );

    [Fact]
    public void Links_in_documents_lead_somewhere() =>
        Nothing.In(
            from file in Repository.Markdown
            from Match match in Link.Matches(file.Text)
            let target = match.Groups[1].Value
            where !target.Contains("://", StringComparison.Ordinal)
            where !Repository.Exists(Path.Combine(file.Folder, target))
            select $"{file}: {target}",
            "The link leads nowhere."
        );

    [Fact]
    public void Commands_in_documents_exist() =>
        Nothing.In(
            from line in Spans().Concat(ShellLines())
            let command = Command.Match(line.Text).Groups["command"].Value
            where command.Length > 0 && !IsCommand(command)
            select $"{line.File}: {line.Text}",
            "Gantry has no such command."
        );

    [Fact]
    public void Options_variables_and_codes_in_documents_exist() =>
        Nothing.In(
            from line in Spans().Concat(ShellLines().Where(IsOurs))
            from name in Option.Matches(line.Text).Concat(Token.Matches(line.Text))
            where !s_made.Value.Contains(name.Value, StringComparison.Ordinal)
            select $"{line.File}: {name.Value}",
            "Nothing outside the documents has this name."
        );

    private static IEnumerable<(TextFile File, string Text)> Spans() =>
        from file in Current()
        from Match match in Code.Matches(WithoutFences(file.Text))
        select (file, match.Groups[1].Value.Trim());

    private static IEnumerable<(TextFile File, string Text)> ShellLines() =>
        from file in Current()
        from Match fence in Fence.Matches(file.Text)
        where fence.Groups["language"].Value is "sh" or "console"
        from line in fence.Groups["body"].Value.Split('\n')
        select (file, line.Trim());

    // Decisions are never edited and may name what is gone; so may the history of changes.
    private static IEnumerable<TextFile> Current() =>
        Repository.Markdown.Where(file =>
            !file.IsIn("docs/decisions/") && file.Path is not "CHANGELOG.md"
        );

    [GeneratedRegex(
        @"^```(?<language>\w*)\n(?<body>.*?)^```",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Fence { get; }

    private static string WithoutFences(string text) => Fence.Replace(text, "");

    private static bool IsOurs((TextFile File, string Text) line) =>
        Regex.IsMatch(line.Text, @"^(\$ )?(\./gantry|gantry|\./test|bench/run)\b");

    private static bool IsThere(TextFile file, string path) =>
        s_elsewhere.Contains(path)
        || s_fileNames.Value.Contains(path)
        || Repository.Exists(path)
        || Repository.Exists(Path.Combine(file.Folder, path));

    private static bool IsCommand(string word) =>
        Repository
            .Product.Where(source => source.IsIn("src/Gantry/"))
            .Any(source => source.File.Text.Contains($"\"{word}\"", StringComparison.Ordinal));

    private static bool IsMade(TextFile file) =>
        !file.Path.EndsWith(".md", StringComparison.Ordinal)
        && file.Name is not "package-lock.json"
        && !file.IsIn("tests/Gantry.Tests/Tidy/");
}
