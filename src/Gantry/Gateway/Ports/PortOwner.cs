using System.Globalization;

namespace Gantry.Gateway.Ports;

/// <summary>Who listens on a port of this machine, as far as this user may see it.</summary>
// Linux tells it in /proc: which socket listens there, and which process has that socket open.
internal static class PortOwner
{
    private const string Listening = "0A";
    private const int LocalAddress = 1;
    private const int State = 3;
    private const int Inode = 9;

    /// <summary>Its name and number; null when that cannot be seen.</summary>
    public static string? Find(int port)
    {
        try
        {
            var socket = Sockets(port).FirstOrDefault();
            return socket is null ? null
                : Processes().FirstOrDefault(id => Has(id, socket)) is { } id
                    ? $"{File.ReadAllText($"/proc/{id}/comm").Trim()} (process {id})"
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Sockets(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        string[] tables = ["/proc/net/tcp", "/proc/net/tcp6"];
        return from table in tables
            where File.Exists(table)
            from line in File.ReadLines(table).Skip(1)
            let cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where cells.Length > Inode && cells[State] == Listening
            where cells[LocalAddress].EndsWith(suffix, StringComparison.Ordinal)
            select $"socket:[{cells[Inode]}]";
    }

    private static IEnumerable<string> Processes() =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(path => Path.GetFileName(path))
            .Where(name => name.All(char.IsAsciiDigit));

    // Of other users' processes nothing can be seen, and any may end meanwhile.
    private static bool Has(string process, string socket)
    {
        try
        {
            return new DirectoryInfo($"/proc/{process}/fd")
                .EnumerateFileSystemInfos()
                .Any(descriptor => descriptor.LinkTarget == socket);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
