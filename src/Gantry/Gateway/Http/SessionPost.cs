using Gantry.Access;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes what a client sends that has a session, or begins one.</summary>
internal sealed class SessionPost(
    SessionLookup lookup,
    Dispatcher dispatcher,
    Serving serving,
    WelcomeEndpoint welcome,
    BatchServing batches,
    Envelopes envelopes
)
{
    /// <summary>Takes the message over.</summary>
    public Task ServeAsync(HttpContext context, Target target, Accepted accepted, Frame frame)
    {
        if (frame.Kind is FrameKind.Request && frame.IsMethod("initialize"u8))
        {
            return welcome.HandleAsync(context, target, accepted, frame);
        }

        if (lookup.Find(context, target) is not { } session)
        {
            return MissAsync(context, target, frame);
        }

        lookup.Touch(session);
        if (frame.Kind is not FrameKind.Request)
        {
            return AcceptAsync(context, session, frame);
        }

        return serving.ServeAsync(
            envelopes.Of(context, target),
            session,
            frame,
            new CallReply(context, accepted, isResumable: true),
            accepted.HasFlag(Accepted.EventStream),
            context.RequestAborted
        );
    }

    private async Task AcceptAsync(HttpContext context, Session session, Frame message)
    {
        using (message)
        {
            await dispatcher.AcceptAsync(session, message, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }

    private async Task MissAsync(HttpContext context, Target target, Frame frame)
    {
        using (frame)
        {
            await lookup.MissAsync(context, target, frame.Utf8, frame[frame.Id].ToArray());
        }
    }

    /// <summary>Takes an array of messages, and gives its buffer back.</summary>
    public async Task ServeBatchAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        RequestBody body
    )
    {
        try
        {
            if (lookup.Find(context, target) is not { } session)
            {
                var bytes = body.Bytes.AsMemory(0, body.Length);
                await lookup.MissAsync(context, target, bytes, default);
                return;
            }

            lookup.Touch(session);
            var messages = batches.Split(body);
            // The front has taken one request already.
            if (Admission.Of(context).Take(messages.Count - 1) is { } excess)
            {
                messages.ForEach(static message => message.Dispose());
                await HttpText.RefuseAsync(context.Response, Refusal.Over(excess));
                return;
            }

            await batches.ServeAsync(context, session, messages, accepted);
        }
        catch (NotAFrameException exception)
        {
            await HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status400BadRequest,
                RpcText.ServerError,
                exception.Message
            );
        }
        finally
        {
            body.Return();
        }
    }
}
