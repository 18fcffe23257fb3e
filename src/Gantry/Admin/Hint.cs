namespace Gantry.Admin;

/// <summary>Says which name was perhaps meant.</summary>
internal static class Hint
{
    /// <summary>How many names are listed in one sentence.</summary>
    private const int MaxListed = 12;

    /// <summary>A sentence to append, with a space in front.</summary>
    public static string For(string name, IReadOnlyCollection<string> known) =>
        known.Count is 0 ? " There are none."
        : Nearest(name, known) is { } nearest ? $" Did you mean '{nearest}'?"
        : $" There are: {Listed(known)}.";

    /// <summary>The one that differs least, if by little enough to be a slip.</summary>
    public static string? Nearest(string name, IEnumerable<string> known) =>
        known
            .Select(candidate => (candidate, Distance: Distance(name, candidate)))
            .Where(pair => pair.Distance <= Math.Max(1, name.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.candidate)
            .FirstOrDefault();

    private static string Listed(IReadOnlyCollection<string> known) =>
        string.Join(", ", known.Take(MaxListed))
        + (known.Count > MaxListed ? $" and {known.Count - MaxListed} more" : "");

    // Edits needed to turn one into the other, row by row of the usual table.
    private static int Distance(string from, string to)
    {
        var above = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var row = new int[to.Length + 1];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var change = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above[j], row[j - 1]) + 1);
            }

            above = row;
        }

        return above[^1];
    }
}
