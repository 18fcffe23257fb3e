using System.Collections.Immutable;

namespace Gantry.Config;

/// <summary>Where the configuration comes from.</summary>
/// <param name="Paths">Files and directories, absolute or relative to
/// <see cref="BaseDirectory"/>.</param>
/// <remarks>
/// A variable is looked up in the env files, then in the secrets directories, then in the
/// environment; the first that has it wins. Of several env files, or several directories, the last
/// named wins.
/// </remarks>
public sealed record ConfigInputs(ImmutableArray<string> Paths)
{
    /// <summary>Files of NAME=VALUE lines.</summary>
    public ImmutableArray<string> EnvFiles { get; init; } = [];

    /// <summary>Directories with one file per variable, as Kubernetes and Docker mount secrets.</summary>
    public ImmutableArray<string> SecretsDirectories { get; init; } = [];

    public string BaseDirectory { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>Looks up one variable of the environment; null when there is none.</summary>
    public Func<string, string?> Environment { get; init; } =
        System.Environment.GetEnvironmentVariable;
}
