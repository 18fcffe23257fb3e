using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with keys and values: GT02xx.</summary>
internal static class KeyFaults
{
    public static Fault UnknownKey(string key, string? nearest, bool isForeign) =>
        new(
            isForeign ? Severity.Warning : Severity.Error,
            "GT0201",
            $"'{key}' is not a known key{(isForeign ? " and is ignored" : "")}.",
            nearest is null ? "Remove it." : $"Did you mean '{nearest}'?"
        );

    public static Fault DuplicateKey(string key, Place first) =>
        Error("GT0202", $"'{key}' is here twice; first at {first}.", "Remove one of the two.");

    public static Fault WrongType(string key, string expected) =>
        Error("GT0203", $"'{key}' must be {expected}.", "Correct the value.");

    public static Fault MissingKey(string problem, string remedy) =>
        Error("GT0204", problem, remedy);

    public static Fault BadDuration(string key, string text) =>
        Error(
            "GT0205",
            $"'{text}' is not a duration for '{key}'.",
            "Write seconds as a bare number, or 500ms, 30s, 5m, 1h."
        );

    public static Fault OutOfRange(string key, int least, int most) =>
        Error("GT0206", $"'{key}' is outside {least}-{most}.", "Choose a number in that range.");

    public static Fault BadChoice(string key, string text, IEnumerable<string> choices) =>
        Error(
            "GT0207",
            $"'{text}' is not a value of '{key}'.",
            $"Choose one of: {string.Join(", ", choices)}."
        );

    public static Fault Exclusive(string one, string other) =>
        Error("GT0208", $"'{one}' and '{other}' exclude each other.", "Remove one of the two.");

    public static Fault BadText(string key) =>
        Error("GT0209", $"'{key}' holds a NUL character, which no process can get.", "Remove it.");

    public static Fault BadVariableName(string name) =>
        Error(
            "GT0210",
            $"'{name}' cannot be the name of an environment variable.",
            "Use letters, digits and '_'."
        );

    public static Fault Idle(string key) =>
        Warning(
            "GT0211",
            $"'{key}' is accepted, but this version does not act upon it yet.",
            "Nothing to do; do not rely on it."
        );

    public static Fault Later(string what, string instead, bool isForeign) =>
        new(
            isForeign ? Severity.Warning : Severity.Error,
            "GT0212",
            $"This version of Gantry cannot {what}{(isForeign ? "; the entry is skipped" : "")}.",
            instead
        );
}
