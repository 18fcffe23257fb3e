using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with a server as a whole, or between two of them: GT03xx.</summary>
internal static class ServerFaults
{
    public static Fault BadName(string name) =>
        Error(
            "GT0301",
            $"'{name}' is not a server name.",
            "Use a-z, 0-9 and '-', at most 63, with '-' neither first nor last."
        );

    public static Fault Renamed(string name, ServerName served) =>
        Warning(
            "GT0302",
            $"'{name}' cannot be part of every address, so it is served as '{served}'.",
            $"Rename it to '{served}' to be rid of this remark."
        );

    public static Fault DuplicateName(ServerName name, Place other, string outcome) =>
        Error(
            "GT0303",
            $"The server '{name}' is defined here and at {other}; {outcome}.",
            "Remove or rename one of the two."
        );

    public static Fault DuplicatePort(int port, Place other, ServerName owner, string outcome) =>
        Error(
            "GT0304",
            $"Port {port} is asked for here and by '{owner}' at {other}; {outcome}.",
            "Give one of the two another port."
        );

    public static Fault ReservedPort(int port, string owner) =>
        Error(
            "GT0305",
            $"Port {port} is reserved to '{owner}'.",
            "Choose a free one of 3001-3010."
        );

    public static Fault UnusualPort(int port, int first, int last) =>
        Warning(
            "GT0306",
            $"Port {port} is outside {first}-{last}, the ports that executor deployments expose.",
            $"Choose a free one of {first + 1}-{last}, unless you expose it yourself."
        );

    public static Fault SharedButMany(int instances, bool isForeign) =>
        new(
            isForeign ? Severity.Warning : Severity.Error,
            "GT0307",
            $"{instances} instances cannot share the clients of a server that keeps state"
                + (isForeign ? "; one runs." : "."),
            "Say 'stateless: true' or 'isolation: session', or ask for one instance."
        );

    public static Fault BadPackage(string text) =>
        Error(
            "GT0308",
            $"'{text}' is not a package.",
            "Write npm:NAME@VERSION or pypi:NAME==VERSION."
        );

    public static Fault BadListen(string text) =>
        Error(
            "GT0309",
            $"'{text}' is not an address to listen on.",
            "Write HOST:PORT, or unix:PATH."
        );

    public static Fault GatewayTwice(Place first) =>
        Error("GT0310", $"'gateway' is already given at {first}; that one is used.", "Remove one.");
}
