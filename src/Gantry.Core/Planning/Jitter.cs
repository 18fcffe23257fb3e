namespace Gantry.Planning;

/// <summary>
/// Spreads what would otherwise happen all at once. Made from a text instead of dice, so that a
/// plan from the same facts is the same plan.
/// </summary>
internal static class Jitter
{
    private const double Spread = 0.2;

    /// <summary>The span, up to a fifth longer or shorter.</summary>
    public static TimeSpan Of(TimeSpan span, string seed) =>
        span * (1 + Spread * (2 * Fraction(seed) - 1));

    // FNV-1a, then mixed: seeds that differ in their last letter only must land far apart.
    private static double Fraction(string seed)
    {
        var hash = 2166136261u;
        foreach (var letter in seed)
        {
            hash = (hash ^ letter) * 16777619u;
        }

        hash = (hash ^ (hash >> 15)) * 2246822519u;
        hash ^= hash >> 13;
        return hash / (double)uint.MaxValue;
    }
}
