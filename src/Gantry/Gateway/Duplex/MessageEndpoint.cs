using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Http;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Takes what a client sends that reads the answers on its event stream.</summary>
internal sealed class MessageEndpoint(
    Conversations conversations,
    Forwarding forwarding,
    Envelopes envelopes,
    GatewayLimits limits
)
{
    /// <summary>The parameter that names the stream.</summary>
    private const string StreamParameter = "sessionId";

    public Task HandleAsync(HttpContext context, Target target)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return HttpText.RefuseMethodAsync(context, "POST");
        }

        if (!HttpText.IsJson(context.Request.Headers.ContentType.ToString()))
        {
            return Refuse(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                "Send 'Content-Type: application/json'."
            );
        }

        var id = context.Request.Query[StreamParameter].ToString();
        return conversations.Find(id) is { } conversation
            && conversation.Visit.Target == target
            && conversation.Visit.IsBy(Admission.Of(context))
                ? TakeAsync(context, conversation)
            : forwarding.HolderOf(context, id) is { } holder ? ForwardAsync(context, target, holder)
            : RefuseUnknown(context);
    }

    private async Task ForwardAsync(HttpContext context, Target target, Replica holder)
    {
        var body = await RequestBody.ReadAsync(context.Request, limits.MaxBodySize);
        if (body.Bytes is null)
        {
            await RefuseLong(context);
            return;
        }

        var bytes = body.Bytes.AsMemory(0, body.Length);
        var address = new Address(target, Transport.Message);
        if (!await forwarding.TryAsync(context, holder, address, bytes))
        {
            await RefuseUnknown(context);
        }

        body.Return();
    }

    private async Task TakeAsync(HttpContext context, Conversation conversation)
    {
        var body = await RequestBody.ReadAsync(context.Request, limits.MaxBodySize);
        if (body.Bytes is null)
        {
            await RefuseLong(context);
            return;
        }

        var envelope = envelopes.OfMessage(context, conversation.Visit.Target);
        try
        {
            foreach (var message in Incoming.Read(body.Bytes, body.Length, limits.MaxBatchSize))
            {
                await conversation.TakeAsync(message, context, envelope);
            }

            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        catch (NotAFrameException exception)
        {
            await HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status400BadRequest,
                exception.IsJson ? RpcText.InvalidRequest : RpcText.ParseError,
                exception.Message
            );
        }
        catch (OperationCanceledException) when (conversation.Outlet.Cut.IsCancellationRequested)
        {
            await Refuse(
                context,
                StatusCodes.Status404NotFound,
                $"The stream ended. {conversation.Outlet.Farewell?.Reason}"
            );
        }
    }

    private static Task RefuseUnknown(HttpContext context) =>
        Refuse(
            context,
            StatusCodes.Status404NotFound,
            "There is no such stream (any more). Open it anew with GET, and send 'initialize'."
        );

    private Task RefuseLong(HttpContext context) =>
        Refuse(
            context,
            StatusCodes.Status413PayloadTooLarge,
            $"The body is longer than {limits.MaxBodySize} bytes."
        );

    private static Task Refuse(HttpContext context, int status, string message) =>
        HttpText.RefuseAsync(context.Response, status, RpcText.ServerError, message);
}
