using System.Collections.Immutable;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Loading;
using Gantry.Config.Problems;
using Gantry.Config.Tree;
using Gantry.Config.Variables;

namespace Gantry.Config;

/// <summary>
/// Reads the configuration, again and again: only what changed on the disk is read and parsed anew.
/// </summary>
/// <param name="installationKey">For the hashes of specs and snapshots, so that no secret can be
/// guessed from one.</param>
public sealed class ConfigLoader(ConfigInputs inputs, byte[] installationKey)
{
    private readonly Lock _lock = new();
    private readonly FileCache<ParsedFile> _files = new(TreeLimits.MaxFileSize);
    private readonly VariableSources _sources = new(inputs);
    private readonly Dictionary<string, (VariableSet Variables, ResolvedFile File)> _resolved = new(
        StringComparer.Ordinal
    );

    /// <summary>
    /// Reads everything, and never throws for what it finds: all problems are diagnostics. A server
    /// that cannot be read as it stands goes on as it was in <paramref name="previous"/>.
    /// </summary>
    /// <param name="previous">What runs now; null on a cold start.</param>
    public ConfigSnapshot Load(ConfigSnapshot? previous)
    {
        lock (_lock)
        {
            return new SnapshotMaker(previous, inputs.BaseDirectory, installationKey).Make(Read());
        }
    }

    private Reading Read()
    {
        var scan = FileScan.Of(inputs);
        var diagnostics = scan.Diagnostics.ToList();
        var variables = _sources.Read(diagnostics);
        var files = scan.Files.Select(file => Resolve(Parse(file), variables)).ToImmutableArray();
        Forget(scan.Files);
        return new(files, scan.Absences, [.. diagnostics]);
    }

    private ParsedFile Parse(SourceFile source) =>
        _files.Read(
            source.Path,
            text => FileParser.Parse(source, text),
            why =>
                ParsedFile.Unreadable(
                    source,
                    FileFaults.Unreadable(why).At(new(source.Shown, 1, 1))
                )
        );

    private ResolvedFile Resolve(ParsedFile file, VariableSet variables)
    {
        var path = file.Source.Path;
        if (
            _resolved.TryGetValue(path, out var known)
            && ReferenceEquals(known.File.Parsed, file)
            && ReferenceEquals(known.Variables, variables)
            && !ReadsEnvFiles(file)
        )
        {
            return known.File;
        }

        var resolved = new Resolver(variables, ReadEnvFile, installationKey).Resolve(file);
        _resolved[path] = (variables, resolved);
        return resolved;
    }

    private static bool ReadsEnvFiles(ParsedFile file) =>
        file.Drafts.Any(draft => draft.Means is Launch { EnvFile: not null });

    private EnvFile ReadEnvFile(string path, Placed<string> namedAt) =>
        _sources.ReadEnvFile(path, namedAt.Place);

    private void Forget(ImmutableArray<SourceFile> present)
    {
        var paths = present.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        _files.Keep(paths);
        foreach (var path in _resolved.Keys.Where(path => !paths.Contains(path)).ToList())
        {
            _resolved.Remove(path);
        }
    }
}
