using System.Collections.Immutable;
using Gantry.Daemon;
using Gantry.Storage;

namespace Gantry.Access;

/// <summary>The file in which the keys outlive the daemon.</summary>
internal static class KeyPlace
{
    /// <exception cref="StartRefusedException">It cannot be read: to go on without it would lock
    /// out everybody, or bring back keys that were revoked.</exception>
    public static ImmutableArray<ApiKey> Read(string path)
    {
        try
        {
            return File.Exists(path) ? KeyFile.Parse(File.ReadAllBytes(path)) : [];
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StartRefusedException(
                $"The API keys in '{path}' cannot be read: {exception.Message} Restore the file, or "
                    + "remove it to begin without keys."
            );
        }
    }

    public static void Write(string path, ImmutableArray<ApiKey> keys) =>
        PrivateFile.Write(path, KeyFile.Write(keys));
}
