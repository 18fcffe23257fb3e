using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with files and directories as such: GT01xx.</summary>
internal static class FileFaults
{
    public static Fault Unreadable(string why) =>
        Error(
            "GT0101",
            $"It cannot be read: {why}",
            "Correct the path or its permissions; it must be UTF-8 text of at most 4 MiB."
        );

    public static Fault Syntax(string why) =>
        Error(
            "GT0102",
            $"It is neither YAML nor JSON: {why.TrimEnd('.')}.",
            "Correct it; until then the servers that it had go on as they were."
        );

    public static Fault BeyondLimit(string what) =>
        Error("GT0103", $"The file {what}.", "Split it into several files.");

    public static Fault UnknownShape(string? meant) =>
        Error(
            "GT0104",
            "No server configuration is recognised in it.",
            meant is null
                ? "Give it 'servers:', 'mcpServers', 'mcps', or one server with 'name' and 'command'."
                : $"Did you mean '{meant}'?"
        );

    public static Fault Vanished(int servers) =>
        Error(
            "GT0105",
            servers == 1
                ? "The directory is gone or empty, though a server came from it; it goes on."
                : $"The directory is gone or empty, though {servers} servers came from it; they go on.",
            "Bring it back, or put a gantry.yaml with 'servers: {}' there to remove them."
        );

    public static Fault NothingFound { get; } =
        Warning(
            "GT0106",
            "The directory holds no server configuration.",
            "Put a gantry.yaml or .mcp.json there, or name another path."
        );

    public static Fault TooManyFiles(int most) =>
        Error(
            "GT0107",
            $"The directory holds more than {most} candidate files; the rest is not read.",
            "Move what is no server configuration elsewhere."
        );
}
