using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with variables and where they come from: GT04xx. None of these ever
/// holds a value.</summary>
internal static class VariableFaults
{
    public static Fault Unresolved(string name) =>
        Error(
            "GT0401",
            $"The variable '{name}' has no value.",
            $"Set it in the environment, an --env-file or a --secrets-dir, or write ${{{name}:-default}}."
        );

    public static Fault Malformed { get; } =
        Error(
            "GT0402",
            "A '${' here begins no variable.",
            "Write ${NAME}, ${NAME:-default} or ${env:NAME}; write $${ for the characters themselves."
        );

    public static Fault SourceUnreadable(string why) =>
        Error(
            "GT0403",
            $"Variables cannot be read from it: {why}",
            "Correct the path, or its permissions."
        );

    public static Fault BadEnvLine { get; } =
        Error("GT0404", "The line is not NAME=VALUE.", "Correct it, or begin it with '#'.");

    public static Fault UnclosedQuote { get; } =
        Error("GT0405", "The quoted value never ends.", "Close the quote.");
}
