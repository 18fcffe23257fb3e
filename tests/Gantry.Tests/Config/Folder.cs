namespace Gantry.Tests.Config;

/// <summary>A directory of one test, gone when it ends.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gantry-config-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(name)) ?? Path);
        File.WriteAllText(At(name), text);
    }

    public void Link(string name, string target) => Directory.CreateSymbolicLink(At(name), target);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
