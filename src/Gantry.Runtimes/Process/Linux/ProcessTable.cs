using System.Globalization;
using System.Text;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>One look at /proc.</summary>
internal static class ProcessTable
{
    public static List<ProcessEntry> Read()
    {
        var entries = new List<ProcessEntry>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(
                    Path.GetFileName(directory.AsSpan()),
                    CultureInfo.InvariantCulture,
                    out var processId
                ) && TryRead($"{directory}/stat") is { } stat
            )
            {
                Add(entries, processId, stat);
            }
        }

        return entries;
    }

    /// <summary>Whether the process was given this text in its environment.</summary>
    public static bool HasInEnvironment(int processId, string text) =>
        TryRead($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/environ") is { } bytes
        && bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    // "PID (NAME) STATE PARENT GROUP SESSION ...": the name may hold anything, also brackets.
    private static void Add(List<ProcessEntry> entries, int processId, byte[] stat)
    {
        var text = Encoding.UTF8.GetString(stat);
        var fields = text[(text.LastIndexOf(')') + 1)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4)
        {
            return;
        }

        entries.Add(
            new(
                processId,
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                int.Parse(fields[3], CultureInfo.InvariantCulture),
                IsZombie: fields[0] is "Z" or "X"
            )
        );
    }

    // A process may end, or belong to somebody else, between listing and reading.
    private static byte[]? TryRead(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

internal readonly record struct ProcessEntry(int ProcessId, int Parent, int Session, bool IsZombie);
