using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong where several servers look like one: GT07xx.</summary>
internal static class GroupFaults
{
    public static Fault BadSeparator(string text) =>
        Error(
            "GT0701",
            $"'{text}' cannot separate server and tool.",
            "Use up to 4 of '_', '.' and '-', with a '_' or '.' among them."
        );

    public static Fault BadName(string name) =>
        Error(
            "GT0702",
            $"'{name}' is not a group's name.",
            "Use a-z, 0-9 and '-', at most 63, with '-' neither first nor last."
        );

    public static Fault Duplicate(ServerName name, Dictionary<ServerName, Place> places) =>
        Error(
            "GT0703",
            $"The group '{name}' is already given at {places[name]}; that one is used.",
            "Remove or rename one of the two."
        );

    public static Fault UnknownServer(string name, string? nearest) =>
        Error(
            "GT0704",
            $"There is no server '{name}'; the group is served without it.",
            nearest is null ? "Remove it." : $"Did you mean '{nearest}'?"
        );

    public static Fault NotInGroup(ServerName server, ServerName group) =>
        Error(
            "GT0705",
            $"The server '{server}' is not one of the group '{group}'.",
            "Add it to 'servers', or remove this."
        );

    public static Fault NoServerIn(string tool, Separator separator) =>
        Error(
            "GT0706",
            $"'{tool}' does not say of which server.",
            $"Write {separator.Join("SERVER", "TOOL")}, or begin with '*' for any server."
        );

    public static Fault BadToolName(string name) =>
        Error(
            "GT0707",
            $"Not every client takes '{name}' for the name of a tool.",
            "Use up to 64 letters, digits, '_', '.' and '-'."
        );

    public static Fault NameTwice(string name, Place first) =>
        Error(
            "GT0708",
            $"Another tool is already called '{name}', at {first}.",
            "Choose another name; capitals make no difference."
        );

    public static Fault LooksMapped(string name, ServerName server) =>
        Error(
            "GT0709",
            $"'{name}' reads like a tool of the server '{server}'; the tool keeps its own name.",
            "Choose a name that does not begin so."
        );
}
