using static Gantry.Config.Problems.Fault;

namespace Gantry.Config.Problems;

/// <summary>What can be wrong with how Gantry shows another server who it is: GT052x.</summary>
internal static class AuthFaults
{
    public static Fault NoToken { get; } =
        Error("GT0521", "There is no token to show.", "Add token: ${VARIABLE}.");

    public static Fault TokenNeedsBearer { get; } =
        Error("GT0522", "With OAuth, no token is configured.", "Say 'type: bearer', or remove it.");

    public static Fault SecretAlone { get; } =
        Error("GT0523", "There is a client secret but no client.", "Add 'client_id'.");

    public static Fault NobodyToBe { get; } =
        Error(
            "GT0524",
            "Nothing says as whom Gantry is to come with client_credentials.",
            "Add 'client_id', and 'client_secret' or 'private_key_file'."
        );

    public static Fault OnlyForOAuth(string key) =>
        Error(
            "GT0525",
            $"'{key}' is for OAuth, and this server has a fixed token.",
            "Remove it, or say 'type: oauth'."
        );

    public static Fault BadAddress(string key, string written) =>
        Error(
            "GT0526",
            $"'{written}' is no address for '{key}'.",
            "Write a whole https:// address without a user name or fragment (http:// only for this machine)."
        );

    public static Fault BadSecret(string key) =>
        Error(
            "GT0527",
            $"The value of '{key}' is empty, or has a line break or another character that none may have.",
            "Use printable ASCII; a secret in a file may end with a line break that has to go."
        );

    public static Fault Twice { get; } =
        Error(
            "GT0528",
            "Two things say what to send as Authorization: 'auth', and 'headers' or 'forward_authorization'.",
            "Keep one of them."
        );
}
