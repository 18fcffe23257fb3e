using Gantry.Gateway.Eras;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>The requests that Gantry answers instead of the instance.</summary>
internal static class LocalAnswers
{
    /// <summary>The whole answer; null when the request is the instance's to answer.</summary>
    public static byte[]? Find(Exchange exchange)
    {
        var request = exchange.Request;
        if (!exchange.Session.Dialect.HasSessions)
        {
            return null;
        }

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

        return exchange.Seat is { IsAlone: false } ? FindShared(exchange, request) : null;
    }

    // A shared instance with sessions logs for nobody in particular: there is nothing to filter.
    private static byte[]? FindShared(Exchange exchange, Frame request)
    {
        if (request.IsMethod("logging/setLevel"u8))
        {
            return LogLevels.Set(request, level => exchange.Seat?.Upstairs.SetLevel(level));
        }

        // A shared instance cannot tell whose a task is: one client would list another's.
        return
            exchange.Seat is { IsShared: true } && request[request.Method].StartsWith("\"tasks/"u8)
            ? RpcText.Error(
                request[request.Id],
                RpcText.MethodNotFound,
                "A shared server has no tasks. Set 'isolation: session' to use them."
            )
            : null;
    }
}
