using System.CommandLine;
using Gantry.Config;

namespace Gantry.Cli.Commands;

/// <summary>The options that say which configuration is meant.</summary>
internal sealed class ConfigOptions
{
    /// <summary>Where <c>gantry up</c> looks when nobody says where.</summary>
    public const string DefaultPath = "examples/quickstart";

    // Set by the launcher script: where the clone is that it stands in.
    private const string HomeVariable = "GANTRY_HOME";

    private readonly Option<string[]> _envFiles = new("--env-file")
    {
        Description = "A file of NAME=VALUE lines for ${NAME}. May be repeated.",
        HelpName = "FILE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _secretsDirectories = new("--secrets-dir")
    {
        Description = "A directory with one file per secret for ${NAME}. May be repeated.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    /// <summary>The default here, or else in the clone that the launcher belongs to.</summary>
    public static string FindDefault() =>
        !Path.Exists(DefaultPath)
        && Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home
            ? Path.Combine(home, DefaultPath)
            : DefaultPath;

    public void AddTo(Command command)
    {
        command.Add(_envFiles);
        command.Add(_secretsDirectories);
    }

    /// <exception cref="CommandFailedException">A path does not exist.</exception>
    public ConfigInputs Read(ParseResult parsed, IEnumerable<string> paths) =>
        new([.. paths.Select(Existing)])
        {
            EnvFiles = [.. Of(parsed, _envFiles).Select(Existing)],
            SecretsDirectories = [.. Of(parsed, _secretsDirectories).Select(Existing)],
            BaseDirectory = Environment.CurrentDirectory,
        };

    /// <summary>The same, as arguments of another <c>gantry</c>.</summary>
    /// <exception cref="CommandFailedException">A path does not exist.</exception>
    public IReadOnlyList<string> Arguments(ParseResult parsed, IEnumerable<string> paths)
    {
        var inputs = Read(parsed, paths);
        return
        [
            .. inputs.Paths,
            .. inputs.EnvFiles.SelectMany(file => new[] { _envFiles.Name, file }),
            .. inputs.SecretsDirectories.SelectMany(folder =>
                new[] { _secretsDirectories.Name, folder }
            ),
        ];
    }

    private static string[] Of(ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) ?? [];

    private static string Existing(string path) =>
        Path.Exists(path)
            ? Path.GetFullPath(path)
            : throw new CommandFailedException(
                $"There is no file or directory '{path}'.",
                ExitCode.Usage
            );
}
