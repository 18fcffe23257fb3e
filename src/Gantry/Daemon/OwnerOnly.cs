namespace Gantry.Daemon;

/// <summary>Files and directories for one user alone.</summary>
// On Windows there are no such modes: what is inside a user's profile is that user's already.
internal static class OwnerOnly
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, FileMode | UnixFileMode.UserExecute);
        }
    }

    public static bool CanOthersWrite(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayWrite) != 0;

    public static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, FileMode);
        }
    }

    /// <summary>Opens for writing, with every other user kept out.</summary>
    /// <param name="share">What others of this user may do meanwhile.</param>
    public static FileStream Open(
        string path,
        System.IO.FileMode mode,
        FileShare share = FileShare.None
    )
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FileMode;
        }

        return new(path, options);
    }
}
