using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with limits and with the flow of calls and results: GT08xx.</summary>
internal static class FlowFaults
{
    public static Fault BadSize(string key, string text) =>
        Error(
            "GT0801",
            $"'{text}' is not a size for '{key}'.",
            "Write bytes as a bare number, or 256K, 16M, 1G."
        );

    public static Fault SizeOutOfRange(string key, string least, string most) =>
        Error("GT0802", $"'{key}' is outside {least}-{most}.", "Choose a size in that range.");

    public static Fault DurationOutOfRange(string key, string least, string most) =>
        Error("GT0803", $"'{key}' is outside {least}-{most}.", "Choose a duration in that range.");

    public static Fault NeedsConcurrency(string key) =>
        Error(
            "GT0804",
            $"'{key}' has no effect without 'max_concurrency': nothing ever waits.",
            "Add 'max_concurrency', or remove it."
        );

    public static Fault UnknownPattern(string name, IEnumerable<string> known, string? nearest) =>
        Error(
            "GT0805",
            $"'{name}' is not a pattern to redact."
                + (nearest is null ? "" : $" Did you mean '{nearest}'?"),
            $"Choose of {string.Join(", ", known)}, or write a regular expression as /.../."
        );

    public static Fault BadPattern(string why) =>
        Error(
            "GT0806",
            $"Not a regular expression that can be used: {why}",
            "Correct it; expressions that look around or back are not allowed, as they may take for ever."
        );

    public static Fault ExcessWithoutSize(string key) =>
        Error(
            "GT0807",
            $"'{key}' has no effect without 'max_size'.",
            "Add 'max_size', or remove it."
        );

    public static Fault TtlWithoutTools =>
        Error(
            "GT0808",
            "'ttl' is for the tools under 'tools', and there are none.",
            "Add 'tools: [NAME, ...]', or remove it."
        );
}
