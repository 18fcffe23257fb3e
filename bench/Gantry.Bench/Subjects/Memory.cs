using System.Globalization;

namespace Gantry.Bench.Subjects;

/// <summary>In MiB. PSS counts a page that n processes share as one nth.</summary>
internal sealed record Memory(double Pss, double Rss)
{
    public static Memory Of(int process)
    {
        try
        {
            var lines = File.ReadAllLines($"/proc/{process}/smaps_rollup");
            return new(Read(lines, "Pss:"), Read(lines, "Rss:"));
        }
        catch (IOException)
        {
            return new(0, 0);
        }
    }

    private static double Read(string[] lines, string name)
    {
        var line = lines.Single(line => line.StartsWith(name, StringComparison.Ordinal));
        var kilobytes = line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
    }
}
