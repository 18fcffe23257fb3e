using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>The requests that Gantry answers instead of the instance.</summary>
internal static class LocalAnswers
{
    private static readonly HashSet<string> s_logLevels = new(StringComparer.Ordinal)
    {
        "debug",
        "info",
        "notice",
        "warning",
        "error",
        "critical",
        "alert",
        "emergency",
    };

    /// <summary>The whole answer; null when the request is the instance's to answer.</summary>
    public static byte[]? Find(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.IsMethod("ping"u8))
        {
            return RpcText.Result(request[request.Id], "{}"u8);
        }

        if (request.IsMethod("initialize"u8))
        {
            return RpcText.Error(
                request[request.Id],
                RpcText.InvalidRequest,
                "This session is initialized already."
            );
        }

        return exchange.Seat is { IsAlone: false } ? FindShared(request) : null;
    }

    private static byte[]? FindShared(Frame request)
    {
        if (request.IsMethod("logging/setLevel"u8))
        {
            return SetLevel(request);
        }

        // A shared instance cannot tell whose a task is: one client would list another's.
        return request[request.Method].StartsWith("\"tasks/"u8)
            ? RpcText.Error(
                request[request.Id],
                RpcText.MethodNotFound,
                "A shared server has no tasks. Set 'isolation: session' to use them."
            )
            : null;
    }

    // A shared instance's log messages go to nobody in particular, so there is nothing to filter.
    public static byte[] SetLevel(Frame request) =>
        Level(request) is not null
            ? RpcText.Result(request[request.Id], "{}"u8)
            : RpcText.Error(request[request.Id], RpcText.InvalidParams, "No such log level.");

    /// <summary>The log level that a request asks for; null when there is no such.</summary>
    public static string? Level(Frame request) =>
        request.Param("level"u8) is { } level && s_logLevels.Contains(level) ? level : null;
}
