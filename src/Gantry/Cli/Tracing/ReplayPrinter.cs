using System.Text.Json;

namespace Gantry.Cli.Tracing;

/// <summary>What came out of a replay, for people.</summary>
internal sealed class ReplayPrinter(Terminal terminal)
{
    private const int MaxDifferences = 20;
    private const int MaxValue = 160;

    // How much of what is equal is shown in front of the first difference of two long values.
    private const int Lead = 40;

    public void Announce(ReplayStep step)
    {
        var what =
            step.Obstacle is { } obstacle ? $"not sent: {obstacle}"
            : step.Method is "tools/call" ? "may change something"
            : "";
        terminal.Out.WriteLine($"{Name(step)} {what}".TrimEnd());
    }

    public void Print(ReplayOutcome outcome)
    {
        var verdict = outcome.Verdict.Replace('_', ' ');
        var why = outcome.Why is { } reason ? $": {reason}" : "";
        terminal.Out.WriteLine(
            $"{Name(outcome.Step)} {terminal.Paint(verdict, ColourOf(outcome))}{why}"
        );
        foreach (var difference in outcome.Differences.Take(MaxDifferences))
        {
            Print(difference);
        }

        if (outcome.Differences.Count > MaxDifferences)
        {
            terminal.Out.WriteLine($"    and {outcome.Differences.Count - MaxDifferences} more");
        }
    }

    public void PrintSum(IReadOnlyList<ReplayOutcome> outcomes)
    {
        var parts = outcomes
            .CountBy(outcome => outcome.Verdict)
            .OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => $"{part.Value} {part.Key.Replace('_', ' ')}");
        var sum = string.Join(", ", parts);
        terminal.Out.WriteLine($"{Wording.Count(outcomes.Count, "request")}: {sum}.");
    }

    private void Print(Difference difference)
    {
        var from = FirstDifference(difference.Recorded ?? "", difference.Now ?? "");
        terminal.Out.WriteLine($"    {difference.Path}");
        terminal.Out.WriteLine(
            terminal.Paint($"      recorded  {Show(difference.Recorded, from)}", Colour.Red)
        );
        terminal.Out.WriteLine(
            terminal.Paint($"      now       {Show(difference.Now, from)}", Colour.Green)
        );
    }

    private static int FirstDifference(string recorded, string now) =>
        recorded.AsSpan().CommonPrefixLength(now);

    private static string Show(string? value, int from)
    {
        if (value is null)
        {
            return "(nothing)";
        }

        var start = value.Length <= MaxValue ? 0 : Math.Max(0, from - Lead);
        var end = Math.Min(value.Length, start + MaxValue);
        return (start > 0 ? "..." : "") + value[start..end] + (end < value.Length ? "..." : "");
    }

    private static Colour ColourOf(ReplayOutcome outcome) =>
        outcome.Verdict switch
        {
            "same" => Colour.Green,
            "differs" => Colour.Red,
            _ => Colour.Yellow,
        };

    private static string Name(ReplayStep step) =>
        $"{step.Session}  {step.Method} {step.Subject}".TrimEnd() + " ";

    /// <summary>The same for programs, as one object.</summary>
    public void PrintJson(IReadOnlyList<ReplayOutcome> outcomes)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("requests");
            foreach (var outcome in outcomes)
            {
                Write(json, outcome);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        terminal.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void Write(Utf8JsonWriter json, ReplayOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("session", outcome.Step.Session);
        json.WriteString("method", outcome.Step.Method);
        json.WriteString("verdict", outcome.Verdict);
        if (outcome.Why is { } why)
        {
            json.WriteString("why", why);
        }

        json.WriteStartArray("differences");
        foreach (var difference in outcome.Differences)
        {
            Write(json, difference);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Difference difference)
    {
        json.WriteStartObject();
        json.WriteString("path", difference.Path.ToString());
        Write(json, "recorded", difference.Recorded);
        Write(json, "now", difference.Now);
        json.WriteEndObject();
    }

    // Left out where there is nothing, so that it is not taken for a null.
    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
