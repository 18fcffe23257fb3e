namespace Gantry.Config.Formats;

/// <summary>A file that may hold servers.</summary>
/// <param name="Path">Absolute; what is written relative in the file is relative to its
/// directory.</param>
/// <param name="Shown">The name that people see, in places and messages.</param>
internal sealed record SourceFile(string Path, string Shown)
{
    public string Directory => System.IO.Path.GetDirectoryName(Path) ?? "/";

    /// <summary>The root of the project: an editor keeps its files one level below.</summary>
    public string WorkspaceFolder =>
        System.IO.Path.GetFileName(Directory) is ".vscode" or ".cursor"
            ? System.IO.Path.GetDirectoryName(Directory) ?? Directory
            : Directory;

    /// <summary>Whether the operator named the file itself, not the directory around it.</summary>
    public bool IsNamed { get; init; }

    /// <summary>Whether it must be configuration, so that to pass over it would be wrong.</summary>
    public bool IsExpected =>
        IsNamed || System.IO.Path.GetFileNameWithoutExtension(Path) is "gantry";
}
