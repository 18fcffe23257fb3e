using System.Collections.Immutable;
using Gantry.Config.Formats;
using Gantry.Config.Problems;

namespace Gantry.Config.Loading;

/// <summary>A path that gave no files, though it was named.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="IsGone">Not even there, as opposed to a directory with nothing in it.</param>
internal sealed record Absence(string Path, string Shown, bool IsGone);

/// <summary>The files that the configuration is read from.</summary>
/// <remarks>
/// Of a directory: *.json, *.jsonc, *.yaml and *.yml in it, without hidden ones; and where other
/// programs keep theirs below a project's root: .mcp.json, .vscode/mcp.json, config/registry.json
/// and mcp-config/executor/*.json. Nothing deeper.
/// </remarks>
internal sealed record FileScan(
    ImmutableArray<SourceFile> Files,
    ImmutableArray<Absence> Absences,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    /// <summary>Files looked at in one directory.</summary>
    public const int MaxFiles = 10_000;

    private static readonly string[] s_wellKnown =
    [
        ".mcp.json",
        ".vscode/mcp.json",
        "config/registry.json",
    ];

    /// <summary>Directories below a named one in which files are looked for.</summary>
    public static ImmutableArray<string> Below { get; } =
    [".vscode", "config", "mcp-config/executor"];

    public static FileScan Of(ConfigInputs inputs)
    {
        var files = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        var absences = ImmutableArray.CreateBuilder<Absence>();
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (
            var path in inputs.Paths.Select(path => Path.GetFullPath(path, inputs.BaseDirectory))
        )
        {
            var found = Find(path, inputs, diagnostics);
            if (found.Count == 0)
            {
                absences.Add(new(path, Show(path, inputs), !Directory.Exists(path)));
            }

            foreach (var file in found)
            {
                files[file.Path] = file with
                {
                    IsNamed =
                        file.IsNamed || files.GetValueOrDefault(file.Path) is { IsNamed: true },
                };
            }
        }

        return new([.. files.Values], absences.ToImmutable(), diagnostics.ToImmutable());
    }

    /// <summary>The path as people should see it: short where that is unambiguous.</summary>
    public static string Show(string path, ConfigInputs inputs)
    {
        var relative = Path.GetRelativePath(inputs.BaseDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static List<SourceFile> Find(
        string path,
        ConfigInputs inputs,
        ImmutableArray<Diagnostic>.Builder diagnostics
    )
    {
        if (File.Exists(path))
        {
            return [new(path, Show(path, inputs)) { IsNamed = true }];
        }

        try
        {
            var paths = Directory.Exists(path) ? Candidates(path).Take(MaxFiles + 1).ToList() : [];
            if (paths.Count > MaxFiles)
            {
                diagnostics.Add(
                    FileFaults.TooManyFiles(MaxFiles).At(new(Show(path, inputs), 1, 1))
                );
            }

            return
            [
                .. paths.Take(MaxFiles).Select(file => new SourceFile(file, Show(file, inputs))),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            diagnostics.Add(
                FileFaults.Unreadable(exception.Message).At(new(Show(path, inputs), 1, 1))
            );
            return [];
        }
    }

    private static IEnumerable<string> Candidates(string directory) =>
        Directory
            .EnumerateFiles(directory)
            .Where(IsCandidate)
            .Order(StringComparer.Ordinal)
            .Concat(s_wellKnown.Select(name => Path.Combine(directory, name)).Where(File.Exists))
            .Concat(ExecutorFiles(Path.Combine(directory, "mcp-config", "executor")));

    private static bool IsCandidate(string path) =>
        Path.GetFileName(path.AsSpan()) is not ['.', ..]
        && Path.GetExtension(path) is ".json" or ".jsonc" or ".yaml" or ".yml";

    private static IEnumerable<string> ExecutorFiles(string directory) =>
        Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal)
            : [];
}
