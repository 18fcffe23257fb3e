using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gantry.Tidy;

/// <summary>The files of this repository as they stand in the working tree, each read once.</summary>
internal static class Repository
{
    private static readonly string[] s_notOurs =
    [
        ".git",
        ".idea",
        ".vs",
        ".vscode",
        "artifacts",
        "bin",
        "obj",
        "node_modules",
    ];

    private static readonly string[] s_binary = [".png", ".ico", ".gif", ".woff2"];

    private static readonly Lazy<ImmutableArray<TextFile>> s_files = new(ReadAll);

    private static readonly Lazy<ImmutableArray<SourceFile>> s_sources = new(() =>
        [.. Files.Where(file => file.Path.EndsWith(".cs", Ordinal)).Select(SourceFile.Of)]
    );

    /// <summary>The folder that holds the solution, found upwards from where the tests run.</summary>
    public static string Root { get; } = FindRoot();

    public static ImmutableArray<TextFile> Files => s_files.Value;

    public static ImmutableArray<SourceFile> Sources => s_sources.Value;

    public static IEnumerable<SourceFile> Product => Sources.Where(source => source.IsIn("src/"));

    public static IEnumerable<TextFile> Markdown =>
        Files.Where(file => file.Path.EndsWith(".md", Ordinal));

    private static StringComparison Ordinal => StringComparison.Ordinal;

    public static TextFile File(string path) => Files.Single(file => file.Path == path);

    public static bool Exists(string path)
    {
        var full = Path.Combine(Root, path);
        return System.IO.File.Exists(full) || Directory.Exists(full);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Gantry.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("No Gantry.slnx above.");
        }

        return folder.FullName;
    }

    private static ImmutableArray<TextFile> ReadAll() =>
        [.. Walk(new(Root)).Select(Read).OrderBy(file => file.Path, StringComparer.Ordinal)];

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder
            .EnumerateDirectories()
            .Where(inner => !s_notOurs.Contains(inner.Name) && inner.LinkTarget is null)
            .SelectMany(Walk)
            .Concat(folder.EnumerateFiles().Where(IsText));

    private static bool IsText(FileInfo file) =>
        !s_binary.Contains(file.Extension) && file.LinkTarget is null && file.Name != ".git";

    private static TextFile Read(FileInfo file) =>
        new(
            Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'),
            System.IO.File.ReadAllText(file.FullName)
        );
}

/// <param name="Path">From the root, with forward slashes.</param>
internal sealed record TextFile(string Path, string Text)
{
    public string[] Lines { get; } = Text.Split('\n');

    public string Name => System.IO.Path.GetFileName(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path) ?? "";

    public bool IsIn(string folder) => Path.StartsWith(folder, StringComparison.Ordinal);

    public override string ToString() => Path;
}

/// <summary>A C# file and its syntax. There is no binding: names are taken as written.</summary>
internal sealed record SourceFile(TextFile File, CompilationUnitSyntax Syntax)
{
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    public string Path => File.Path;

    public static SourceFile Of(TextFile file)
    {
        var tree = CSharpSyntaxTree.ParseText(file.Text, s_options, file.Path);
        return new(file, (CompilationUnitSyntax)tree.GetRoot());
    }

    public bool IsIn(string folder) => File.IsIn(folder);

    public IEnumerable<T> All<T>()
        where T : SyntaxNode => Syntax.DescendantNodes().OfType<T>();

    /// <summary>Every identifier that the code uses or declares, comments left out.</summary>
    public IEnumerable<string> Identifiers() =>
        Syntax
            .DescendantTokens()
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(token => token.ValueText);

    /// <summary>Dotted names as written: <c>using</c> lines and qualified names.</summary>
    public IEnumerable<string> QualifiedNames() =>
        All<NameSyntax>()
            .OfType<QualifiedNameSyntax>()
            .Select(name => name.ToString())
            .Concat(All<MemberAccessExpressionSyntax>().Select(access => access.ToString()));

    public string At(SyntaxNode node) => At(node.GetLocation());

    public string At(SyntaxToken token) => At(token.GetLocation());

    private string At(Location location) =>
        $"{Path}:{location.GetLineSpan().StartLinePosition.Line + 1}";

    public override string ToString() => Path;
}

/// <summary>Fails with one line for each thing found, so that all are seen at once.</summary>
internal static class Nothing
{
    public static void In(IEnumerable<string> findings, string rule)
    {
        var found = findings.ToList();
        Assert.True(found.Count == 0, $"{rule}\n  {string.Join("\n  ", found)}");
    }
}
