namespace Gantry.Config.Problems;

/// <summary>Finds the word that somebody probably meant.</summary>
public static class Nearest
{
    private const int MaxLength = 64;

    /// <summary>The candidate that takes the fewest edits; null when none is near.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        if (word.Length > MaxLength)
        {
            return null;
        }

        var best = candidates
            .Select(candidate =>
                (Word: candidate, Distance: Distance(Plain(word), Plain(candidate)))
            )
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, word.Length / 3)
            ? best.Word
            : null;
    }

    // startupTimeout, startup-timeout and startup_timeout differ in taste only.
    private static string Plain(string word) =>
        word.Replace("_", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal)
            .ToLowerInvariant();

    // A swap of two neighbours counts as one edit: it is the commonest slip of all.
    private static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Step(rows, from, to, i, j);
            }
        }

        return rows[from.Length, to.Length];
    }

    private static int Step(int[,] rows, string from, string to, int i, int j)
    {
        var same = from[i - 1] == to[j - 1] ? 0 : 1;
        var least = Math.Min(
            Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1,
            rows[i - 1, j - 1] + same
        );
        var swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
        return swapped ? Math.Min(least, rows[i - 2, j - 2] + 1) : least;
    }
}
