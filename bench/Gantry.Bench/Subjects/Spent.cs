using System.Globalization;
using System.Text.RegularExpressions;
using Gantry.Bench.Load;

namespace Gantry.Bench.Subjects;

/// <summary>What processes have taken since they began.</summary>
/// <param name="Allocated">Bytes of managed memory; null when nobody says.</param>
internal sealed partial record Spent(TimeSpan Cpu, long? Allocated)
{
    // Of the fields behind the name of the program, which may hold anything but ends with the last
    // parenthesis.
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);

    [GeneratedRegex(@"^dotnet_gc_heap_total_allocated_bytes_total (\S+)", RegexOptions.Multiline)]
    private static partial Regex AllocatedLine { get; }

    public static Spent operator -(Spent end, Spent begin) =>
        new(end.Cpu - begin.Cpu, end.Allocated - begin.Allocated);

    public static TimeSpan CpuOf(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return s_tick * (Number(fields[UserTime]) + Number(fields[SystemTime]));
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>What the one who listens there says that it allocated.</summary>
    public static long? AllocatedBy(Target target)
    {
        using var conversation = new Conversation(target, null);
        return AllocatedLine.Match(conversation.Get("/metrics")) is { Success: true } match
            ? (long)Number(match.Groups[1].Value)
            : null;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
