using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// HTTP+SSE, as revision 2024-11-05 has it: a stream on which everything comes, and beside it an
/// address to send messages to.
/// </summary>
internal sealed class SseEndpoint(
    Conversations conversations,
    GatewayLimits limits,
    TimeProvider time
)
{
    public Task HandleAsync(HttpContext context, Target target)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return HttpText.RefuseMethodAsync(context, "GET");
        }

        if (!AcceptHeader.Read(context.Request.Headers.Accept).HasFlag(Accepted.EventStream))
        {
            return Refuse(
                context,
                StatusCodes.Status406NotAcceptable,
                "Accept 'text/event-stream'."
            );
        }

        return conversations.HasRoom
            ? StreamAsync(context, target)
            : Refuse(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "There are too many streams. Try again later."
            );
    }

    private async Task StreamAsync(HttpContext context, Target target)
    {
        using var pace = new Pace(limits.StallTimeout, time);
        HttpText.AllowSlowReader(context);
        await HttpText.BeginEventsAsync(context.Response);
        var carrier = new EventCarrier(context, pace);
        await conversations.HoldAsync(
            new(target, Admission.Of(context), CountsMessages: false),
            carrier,
            pace,
            conversation => HoldAsync(context, carrier, conversation)
        );
    }

    private static async Task<Farewell> HoldAsync(
        HttpContext context,
        EventCarrier carrier,
        Conversation conversation
    )
    {
        var path = context.Request.Path.Value ?? "";
        await carrier.WriteEndpointAsync($"{Beside(path)}message?sessionId={conversation.Id}");
        var ended = new TaskCompletionSource<Farewell>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        using var left = context.RequestAborted.Register(() =>
            ended.TrySetResult(Farewell.ByClient)
        );
        using var cut = conversation.Outlet.Cut.Register(() =>
            ended.TrySetResult(conversation.Outlet.Farewell ?? Farewell.ByClient)
        );
        return await ended.Task;
    }

    // Relative, so that it holds whatever path a proxy in front has taken away.
    private static string Beside(string path) => path.Length > 1 && path.EndsWith('/') ? "../" : "";

    private static Task Refuse(HttpContext context, int status, string message) =>
        HttpText.RefuseAsync(context.Response, status, RpcText.ServerError, message);
}
