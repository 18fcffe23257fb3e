using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with a server that runs elsewhere: GT05xx. Addresses and headers are
/// shown as they were written, never with variables filled in.</summary>
internal static class RemoteFaults
{
    public static Fault BadUrl(string written, string schemes) =>
        Error(
            "GT0501",
            $"'{written}' is not the address of a server.",
            $"Write a whole address that begins with {schemes}."
        );

    public static Fault UserInUrl { get; } =
        Error(
            "GT0502",
            "The address holds a user name or password, which would be shown with it.",
            "Write headers: { Authorization: \"Basic ${VARIABLE}\" } instead."
        );

    public static Fault BadHeaderName(string name) =>
        Error(
            "GT0503",
            $"'{name}' cannot be the name of a header.",
            "Use letters, digits and '-', as in X-Api-Key."
        );

    public static Fault BadHeaderValue(string name) =>
        Error(
            "GT0504",
            $"The value of the header '{name}' has a line break or another character that no header may have.",
            "Use printable ASCII; a secret in a file may end with a line break that has to go."
        );

    public static Fault OwnHeader(string name) =>
        Error("GT0505", $"The header '{name}' is written by Gantry itself.", "Remove it.");

    public static Fault NotVerified { get; } =
        Warning(
            "GT0506",
            "The server's certificate is not verified: anybody on the way can read and answer in its name.",
            "Name the authority that signed it with 'ca_file' instead."
        );

    public static Fault KeyAlone { get; } =
        Error("GT0507", "There is a key but no certificate.", "Add 'certificate_file'.");

    public static Fault NeedsUrl(string key) =>
        Error(
            "GT0508",
            $"'{key}' is for servers that run elsewhere, and this one is started here.",
            "Remove it, or replace the command by a 'url'."
        );

    public static Fault OnlyForProcesses(string key) =>
        Error(
            "GT0509",
            $"'{key}' is for servers that are started here, and this one has a 'url'.",
            "Remove it, or replace the 'url' by a command."
        );

    public static Fault NotAProcess { get; } =
        Error(
            "GT0510",
            "A server with a 'url' is no process of this machine.",
            "Remove 'runtime', or say 'runtime: remote'."
        );

    public static Fault NoRemote { get; } =
        Error(
            "GT0513",
            "The file names no remote that Gantry can reach, of type streamable-http or sse with a url.",
            "For a package write a server of our own format, as in package: npm:NAME@VERSION."
        );

    public static Fault NoUrl { get; } =
        Error("GT0511", "Nothing says where the server runs.", "Add url: ADDRESS.");
}
