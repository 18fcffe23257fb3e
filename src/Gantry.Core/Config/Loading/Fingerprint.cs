namespace Gantry.Config.Loading;

/// <summary>Tells whether a file changed without reading it.</summary>
/// <param name="Target">Where a symbolic link leads in the end: Kubernetes changes a mounted file
/// by turning a link, and both sides of it may be equally old and long.</param>
internal readonly record struct Fingerprint(string Target, DateTime Modified, long Length)
{
    /// <summary>Null when there is no such file.</summary>
    public static Fingerprint? Of(string path)
    {
        var named = new FileInfo(path);
        var file = Follow(named);
        return !file.Exists ? null
            : ReferenceEquals(file, named) ? new(path, file.LastWriteTimeUtc, file.Length)
            : new(Straight(file), file.LastWriteTimeUtc, file.Length);
    }

    // Kubernetes links the file through a linked directory, and only that link turns.
    private static string Straight(FileInfo file) =>
        Path.Combine(
            file.Directory?.ResolveLinkTarget(true)?.FullName ?? file.DirectoryName ?? "",
            file.Name
        );

    private static FileInfo Follow(FileInfo file) =>
        file.Exists && file.Attributes.HasFlag(FileAttributes.ReparsePoint)
            ? file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file
            : file;
}
