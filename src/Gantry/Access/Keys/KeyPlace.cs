using System.Collections.Immutable;
using Gantry.Daemon;
using Gantry.Storage;

namespace Gantry.Access;

/// <summary>
/// The file in which the keys outlive the daemon. It may be a link to one that several processes
/// use: each changes what is there, and sees what others changed.
/// </summary>
/// <remarks>Used by one caller at a time.</remarks>
internal sealed class KeyPlace
{
    /// <summary>How often a file that somebody else is writing is tried, about a millisecond
    /// apart.</summary>
    private const int MaxTries = 2_000;

    private readonly string _path;
    private string _seen = "";

    private KeyPlace(string path) => _path = path;

    /// <exception cref="StartRefusedException">It cannot be read: to go on without it would lock
    /// out everybody, or bring back keys that were revoked.</exception>
    public static (KeyPlace Place, ImmutableArray<ApiKey> Keys) Open(string path)
    {
        var place = new KeyPlace(path);
        try
        {
            return (place, place.Changed() ?? []);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw new StartRefusedException(
                $"The API keys in '{path}' cannot be read: {exception.Message} Restore the file, or "
                    + "remove it to begin without keys."
            );
        }
    }

    /// <summary>What can be wrong with the file.</summary>
    public static bool IsUnreadable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or FormatException;

    /// <summary>All keys, when they may be others than when they were last read; otherwise null.
    /// </summary>
    /// <exception cref="IOException">It cannot be read, or is there no more.</exception>
    /// <exception cref="UnauthorizedAccessException">Others may write it, or it may not be read.
    /// </exception>
    /// <exception cref="FormatException">It is no file of keys.</exception>
    // The stamp first: what is written in between is read again.
    public ImmutableArray<ApiKey>? Changed()
    {
        var target = Target();
        var stamp = Stamp(target);
        if (stamp == _seen)
        {
            return null;
        }

        RequireOwn(target);
        var keys = KeyFile.Parse(File.ReadAllBytes(target));
        _seen = stamp;
        return keys;
    }

    /// <summary>Keeps every other process from changing them meanwhile.</summary>
    /// <exception cref="IOException">Another one does not let go of them.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be changed.</exception>
    // The lock is the kernel's, so that it ends with the process however that ends.
    public IDisposable Hold()
    {
        var file = Target() + ".lock";
        var spin = new SpinWait();
        while (true)
        {
            try
            {
                return PrivateFile.Open(file, FileMode.OpenOrCreate);
            }
            catch (IOException exception)
                when (exception is not DirectoryNotFoundException && spin.Count < MaxTries)
            {
                spin.SpinOnce(sleep1Threshold: 1);
            }
        }
    }

    /// <summary>Replaces them. Only while they are held.</summary>
    public void Write(ImmutableArray<ApiKey> keys)
    {
        var target = Target();
        PrivateFile.Write(target, KeyFile.Write(keys));
        _seen = Stamp(target);
    }

    private string Target() =>
        new FileInfo(_path).LinkTarget is null
            ? _path
            : File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName ?? _path;

    // Empty where there is none, as nobody made a key yet.
    private static string Stamp(string target)
    {
        var file = new FileInfo(target);
        return file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length} {target}" : "";
    }

    private static void RequireOwn(string target)
    {
        if (File.Exists(target) && OwnerOnly.CanOthersWrite(target))
        {
            throw new UnauthorizedAccessException(
                $"'{target}' can be written by other users, who could let themselves in. Run "
                    + $"'chmod 600 {target}'."
            );
        }
    }
}
