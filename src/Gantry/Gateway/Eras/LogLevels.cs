using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>How much a client wants to read of what a server logs.</summary>
internal static class LogLevels
{
    private static readonly string[] s_all =
    [
        "debug",
        "info",
        "notice",
        "warning",
        "error",
        "critical",
        "alert",
        "emergency",
    ];

    /// <summary>Whether a message is at least as grave as asked; of an unknown level it is.</summary>
    public static bool Covers(string? least, string? level) =>
        Array.IndexOf(s_all, least) is var from and >= 0
        && (Array.IndexOf(s_all, level) is var at && (at < 0 || at >= from));

    /// <summary>Answers <c>logging/setLevel</c>.</summary>
    public static byte[] Set(Frame request, Action<string> set)
    {
        if (request.Param("level"u8) is not { } level || Array.IndexOf(s_all, level) < 0)
        {
            return RpcText.Error(request[request.Id], RpcText.InvalidParams, "No such log level.");
        }

        set(level);
        return RpcText.Result(request[request.Id], "{}"u8);
    }
}
