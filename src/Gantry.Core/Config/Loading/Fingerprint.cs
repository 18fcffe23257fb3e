namespace Gantry.Config.Loading;

/// <summary>Tells whether a file changed without reading it.</summary>
/// <param name="Target">Where a symbolic link leads in the end: Kubernetes changes a mounted file
/// by turning a link, and both sides of it may be equally old and long.</param>
internal readonly record struct Fingerprint(string Target, DateTime Modified, long Length)
{
    /// <summary>Null when there is no such file.</summary>
    public static Fingerprint? Of(string path)
    {
        var file = Follow(new FileInfo(path));
        return file.Exists ? new(file.FullName, file.LastWriteTimeUtc, file.Length) : null;
    }

    private static FileInfo Follow(FileInfo file) =>
        file.Exists && file.Attributes.HasFlag(FileAttributes.ReparsePoint)
            ? file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file
            : file;
}
