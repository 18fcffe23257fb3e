using System.Collections.Immutable;
using Gantry.Config.Problems;
using Gantry.Config.Variables;

namespace Gantry.Config.Loading;

/// <summary>Reads env files and secrets directories, again only when they changed.</summary>
internal sealed class VariableSources(ConfigInputs inputs)
{
    /// <summary>Bytes of an env file or a secret.</summary>
    public const int MaxFileSize = 1024 * 1024;

    /// <summary>Files of one secrets directory.</summary>
    public const int MaxSecrets = 10_000;

    private readonly FileCache<EnvFile> _envFiles = new(MaxFileSize);
    private readonly FileCache<string?> _secrets = new(MaxFileSize);
    private VariableSet _last = new([], inputs.Environment);

    /// <summary>The same set as before when no value changed.</summary>
    public VariableSet Read(ICollection<Diagnostic> diagnostics)
    {
        ImmutableArray<ImmutableDictionary<string, string>> given =
        [
            .. inputs.EnvFiles.Reverse().Select(path => ReadEnvFile(Absolute(path), diagnostics)),
            .. inputs
                .SecretsDirectories.Reverse()
                .Select(path => ReadSecrets(Absolute(path), diagnostics)),
        ];
        return IsLast(given) ? _last : _last = new(given, inputs.Environment);
    }

    /// <summary>The env file of one server.</summary>
    public EnvFile ReadEnvFile(string path, Place namedAt) =>
        _envFiles.Read(
            path,
            text => EnvFileParser.Parse(FileScan.Show(path, inputs), text),
            why =>
                EnvFile.Empty with
                {
                    Diagnostics = [VariableFaults.SourceUnreadable(why).At(namedAt)],
                }
        );

    /// <summary>Forgets the files that nobody asks for any more.</summary>
    public void Forget()
    {
        _envFiles.Forget();
        _secrets.Forget();
    }

    private bool IsLast(ImmutableArray<ImmutableDictionary<string, string>> given) =>
        given.Length == _last.Given.Length
        && given.Zip(_last.Given).All(pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(
        ImmutableDictionary<string, string> one,
        ImmutableDictionary<string, string> other
    ) =>
        ReferenceEquals(one, other)
        || (
            one.Count == other.Count
            && one.All(entry => other.GetValueOrDefault(entry.Key) == entry.Value)
        );

    private string Absolute(string path) => Path.GetFullPath(path, inputs.BaseDirectory);

    private ImmutableDictionary<string, string> ReadEnvFile(
        string path,
        ICollection<Diagnostic> diagnostics
    )
    {
        var file = ReadEnvFile(path, new Place(FileScan.Show(path, inputs), 1, 1));
        foreach (var diagnostic in file.Diagnostics)
        {
            diagnostics.Add(diagnostic);
        }

        return file.Values;
    }

    private ImmutableDictionary<string, string> ReadSecrets(
        string directory,
        ICollection<Diagnostic> diagnostics
    )
    {
        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var path in Directory.EnumerateFiles(directory).Take(MaxSecrets))
            {
                if (ReadSecret(path, diagnostics) is { } value)
                {
                    values[Path.GetFileName(path)] = value;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            diagnostics.Add(Unreadable(directory, exception.Message));
        }

        return values.ToImmutable();
    }

    // Hidden entries are how Kubernetes keeps its books: ..data and its like.
    private string? ReadSecret(string path, ICollection<Diagnostic> diagnostics)
    {
        if (Path.GetFileName(path.AsSpan()) is ['.', ..])
        {
            return null;
        }

        return _secrets.Read(path, WithoutLastLineEnd, why => Fail(path, why, diagnostics));
    }

    private static string WithoutLastLineEnd(string text) =>
        text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
        : text is [.. var line, '\n'] ? line
        : text;

    private string? Fail(string path, string why, ICollection<Diagnostic> diagnostics)
    {
        diagnostics.Add(Unreadable(path, why));
        return null;
    }

    private Diagnostic Unreadable(string path, string why) =>
        VariableFaults.SourceUnreadable(why).At(new(FileScan.Show(path, inputs), 1, 1));
}
