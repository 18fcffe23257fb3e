namespace Gantry.Daemon;

/// <summary>What one user alone may use.</summary>
// On Windows there are no such modes: what is inside a user's profile is that user's already.
internal static class OwnerOnly
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static bool CanOthersWrite(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayWrite) != 0;

    public static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, FileMode);
        }
    }
}
