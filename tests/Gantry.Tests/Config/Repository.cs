using System.Runtime.CompilerServices;

namespace Gantry.Tests.Config;

/// <summary>The files of this repository, wherever the tests run.</summary>
internal static class Repository
{
    public static string Path(string name, [CallerFilePath] string caller = "")
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (
            folder is not null
            && !File.Exists(System.IO.Path.Combine(folder.FullName, "Gantry.slnx"))
        )
        {
            folder = folder.Parent;
        }

        var root = folder?.FullName ?? System.IO.Path.GetFullPath("../../../..", caller);
        return System.IO.Path.Combine(root, name);
    }

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories);
}
