using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with who may come in: GT06xx.</summary>
internal static class AccessFaults
{
    public static Fault BadUrl(string key, string text) =>
        Error(
            "GT0601",
            $"'{text}' is not a URL for '{key}'.",
            "Write https://HOST/PATH, or http://localhost for what is on this machine."
        );

    public static Fault NoIssuer { get; } =
        Error("GT0602", "The entry names no issuer.", "Add 'issuer: https://...'.");

    public static Fault NoAudience { get; } =
        Error(
            "GT0603",
            "Nothing says for whom tokens must be made, so anybody's would do.",
            "Add 'audience' here, or 'public_url' to the gateway."
        );

    public static Fault BadUser { get; } =
        Error(
            "GT0604",
            "A user needs a name without ':' and either a password_hash or a password.",
            "Run 'gantry key password' and write what it prints as 'password_hash'."
        );

    public static Fault BadHash { get; } =
        Error(
            "GT0605",
            "'password_hash' is not a hash that Gantry makes.",
            "Run 'gantry key password' and copy what it prints."
        );

    public static Fault BadRole(string text) =>
        Error(
            "GT0606",
            $"'{text}' is not a role.",
            "Choose one of: viewer, caller, operator, admin."
        );

    public static Fault BadNetwork(string text) =>
        Error(
            "GT0607",
            $"'{text}' is neither an address nor a network.",
            "Write 10.0.0.7 or 10.0.0.0/8, or unix for what comes over a Unix socket."
        );

    public static Fault BadHost(string text) =>
        Error(
            "GT0608",
            $"'{text}' is not a host name.",
            "Write the name alone, without port, or *."
        );

    public static Fault BadOrigin(string text) =>
        Error(
            "GT0609",
            $"'{text}' is not an origin.",
            "Write scheme, host and port alone, as in https://app.example.com, a regular expression between slashes, or *."
        );

    public static Fault BadPattern(string text) =>
        Error(
            "GT0616",
            $"'{text}' is not a regular expression that Gantry understands.",
            "Correct it, and use neither look-around nor references back."
        );

    public static Fault LoosePattern(string text) =>
        Warning(
            "GT0617",
            $"'{text}' fits wherever in an origin it is found, also in those of somebody else.",
            "Begin it with ^, as in /^https:\\/\\/[^.]+\\.example\\.com$/."
        );

    public static Fault BadTenant(string text) =>
        Error("GT0610", $"'{text}' is not a tenant.", "Use letters, digits, '.', '_' and '-'.");

    public static Fault HalfTls { get; } =
        Error("GT0611", "TLS needs both 'cert_file' and 'key_file'.", "Name both.");

    public static Fault BadSocket(string text) =>
        Error(
            "GT0613",
            $"'{text}' names no Unix socket: its path is empty or too long.",
            $"Write unix:PATH with at most {GatewaySettings.MaxSocketPath} bytes, directories included."
        );

    public static Fault ListensTwice(string text) =>
        Error("GT0614", $"'{text}' stands twice in 'listen'.", "Remove one.");

    public static Fault BadMode(string text) =>
        Error(
            "GT0615",
            $"'{text}' is not a mode for a socket that its owner listens on.",
            "Write 0600, or 0660 to let the group in too."
        );

    public static Fault AuthStays { get; } =
        Warning(
            "GT0612",
            "'gateway.auth' is gone, but is not switched off while the daemon runs.",
            "Bring it back, or restart the daemon to let everybody in."
        );
}
