namespace Gantry.Runtimes.Process.Linux;

/// <summary>What every kept process carries in its environment, to be found by.</summary>
internal static class KeptEnvironment
{
    public const string MarkName = "GANTRY_MARK";

    // The last dot keeps ticket 1 from being found in ticket 12.
    public static string Mark(string token, long ticket) => $"{MarkName}={token}.{ticket}.";
}
