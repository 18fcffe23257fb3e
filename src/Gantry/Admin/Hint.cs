using Gantry.Config.Problems;

namespace Gantry.Admin;

/// <summary>Says which name was perhaps meant.</summary>
internal static class Hint
{
    /// <summary>How many names are listed in one sentence.</summary>
    private const int MaxListed = 12;

    /// <summary>A sentence to append, with a space in front.</summary>
    public static string For(string name, IReadOnlyCollection<string> known) =>
        known.Count is 0 ? " There are none."
        : Nearest.To(name, known) is { } nearest ? $" Did you mean '{nearest}'?"
        : $" There are: {Listed(known)}.";

    private static string Listed(IReadOnlyCollection<string> known) =>
        string.Join(", ", known.Take(MaxListed))
        + (known.Count > MaxListed ? $" and {known.Count - MaxListed} more" : "");
}
