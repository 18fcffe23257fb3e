using System.Globalization;
using System.Text;

namespace Gantry.EndToEnd.Harness;

/// <summary>A process as the kernel shows it.</summary>
internal sealed record ProcessRow(int Id, int Parent, char State, string CommandLine)
{
    public bool IsZombie => State is 'Z' or 'X';

    public override string ToString() => $"{Id} ({State}, child of {Parent}) {CommandLine}";
}

/// <summary>Reads /proc, to see what really runs.</summary>
internal static class ProcessTable
{
    public static IReadOnlyList<ProcessRow> All() =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(folder => Path.GetFileName(folder))
                .Where(name => char.IsAsciiDigit(name[0]))
                .Select(name => Read(int.Parse(name, CultureInfo.InvariantCulture)))
                .OfType<ProcessRow>(),
        ];

    public static ProcessRow? Read(int processId)
    {
        // "pid (name) state parent ...", where the name may hold anything.
        var stat = ReadText(processId, "stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ');
        return fields.Length < 3
            ? null
            : new(
                processId,
                int.Parse(fields[2], CultureInfo.InvariantCulture),
                fields[1][0],
                ReadText(processId, "cmdline").Replace('\0', ' ').Trim()
            );
    }

    public static bool IsAlive(int processId) => Read(processId) is { IsZombie: false };

    /// <summary>
    /// Processes whose arguments or environment hold the text, this one and its helpers apart.
    /// </summary>
    public static IReadOnlyList<ProcessRow> Marked(string mark) =>
        [
            .. All()
                .Where(row => row.Id != Environment.ProcessId && !row.IsZombie)
                .Where(row =>
                    row.CommandLine.Contains(mark, StringComparison.Ordinal)
                    || ReadText(row.Id, "environ").Contains(mark, StringComparison.Ordinal)
                ),
        ];

    public static IReadOnlyList<ProcessRow> Descendants(int processId)
    {
        var all = All();
        var found = new List<ProcessRow>();
        var parents = new Queue<int>([processId]);
        while (parents.TryDequeue(out var parent))
        {
            foreach (var child in all.Where(row => row.Parent == parent))
            {
                found.Add(child);
                parents.Enqueue(child.Id);
            }
        }

        return found;
    }

    public static int CountFiles(int processId) =>
        Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count();

    /// <summary>Its share of physical memory, in KiB.</summary>
    public static int MemoryOf(int processId)
    {
        var line = ReadText(processId, "smaps_rollup")
            .Split('\n')
            .First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[^2], CultureInfo.InvariantCulture);
    }

    // A process may end between any two looks at it.
    private static string ReadText(int processId, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/{file}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
