using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;

namespace Gantry.Gateway.Http;

/// <summary>The stream that a client holds open for what answers none of its requests.</summary>
internal sealed class StreamEndpoint(SessionLookup lookup)
{
    public Task HandleAsync(HttpContext context, Target target)
    {
        if (!AcceptHeader.Read(context.Request.Headers.Accept).HasFlag(Accepted.EventStream))
        {
            return HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status406NotAcceptable,
                RpcText.ServerError,
                "Accept 'text/event-stream', or send requests with POST."
            );
        }

        return lookup.Find(context, target) is { } session
            ? StreamAsync(context, session)
            : SessionLookup.RefuseAsync(context, default);
    }

    private async Task StreamAsync(HttpContext context, Session session)
    {
        var output = context.Response.BodyWriter;
        var reader = session.Outbox.Open(context.RequestAborted);
        try
        {
            await HttpText.BeginEventsAsync(context.Response);
            do
            {
                Write(session, context);
                await output.FlushAsync(reader.Token);
            } while (await session.Outbox.Messages.WaitToReadAsync(reader.Token));
        }
        catch (OperationCanceledException) when (reader.IsCancellationRequested)
        {
            // The client left, or opened another stream instead.
        }
        finally
        {
            session.Outbox.Close(reader);
            lookup.Touch(session);
        }
    }

    private static void Write(Session session, HttpContext context)
    {
        while (session.Outbox.Messages.TryRead(out var message))
        {
            if (message.IsEmpty)
            {
                HttpText.WriteKeepAlive(context.Response.BodyWriter);
            }
            else
            {
                HttpText.WriteEvent(context.Response.BodyWriter, message.Span);
            }
        }
    }
}
