using System.Diagnostics.CodeAnalysis;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes what a client sends: one message, or an array where the dialect has them.</summary>
internal sealed class PostEndpoint(
    SessionLookup lookup,
    Dispatcher dispatcher,
    Serving serving,
    WelcomeEndpoint welcome,
    BatchServing batches,
    GatewayLimits limits
)
{
    public Task HandleAsync(HttpContext context, Target target)
    {
        var headers = context.Request.Headers;
        var accepted = AcceptHeader.Read(headers.Accept);
        if (accepted is Accepted.Nothing)
        {
            return Refuse(
                context,
                StatusCodes.Status406NotAcceptable,
                "Accept 'application/json' and 'text/event-stream'."
            );
        }

        if (!HttpText.IsJson(headers.ContentType.ToString()))
        {
            return Refuse(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                "Send 'Content-Type: application/json'."
            );
        }

        return IsVersionKnown(headers[HttpText.VersionHeader].ToString(), out var dialect)
            ? ReadAsync(context, target, accepted, dialect)
            : Refuse(
                context,
                StatusCodes.Status400BadRequest,
                "Bad Request: Unsupported protocol version (supported versions: "
                    + string.Join(", ", Dialect.All.Where(one => one.HasSessions))
                    + ")"
            );
    }

    // The body of an ordinary request is here already: nothing to wait for, nothing to suspend.
    private Task ReadAsync(HttpContext context, Target target, Accepted accepted, Dialect dialect)
    {
        var reading = RequestBody.ReadAsync(context.Request, limits.MaxBodySize);
        return reading.IsCompletedSuccessfully
            ? ServeAsync(context, target, accepted, dialect, reading.Result)
            : ReadOnAsync(context, target, accepted, dialect, reading);
    }

    private async Task ReadOnAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Dialect dialect,
        ValueTask<RequestBody> reading
    ) => await ServeAsync(context, target, accepted, dialect, await reading);

    private Task ServeAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Dialect dialect,
        RequestBody body
    )
    {
        if (body.Bytes is null)
        {
            return Refuse(
                context,
                StatusCodes.Status413PayloadTooLarge,
                $"The body is longer than {limits.MaxBodySize} bytes."
            );
        }

        if (dialect.HasBatches && Batch.IsBatch(body.Bytes.AsSpan(0, body.Length)))
        {
            return ServeBatchAsync(context, target, accepted, body);
        }

        return TryParse(body, out var frame, out var why)
            ? ServeAsync(context, target, accepted, frame)
            : HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status400BadRequest,
                why.IsJson ? RpcText.InvalidRequest : RpcText.ParseError,
                why.Message
            );
    }

    private Task ServeAsync(HttpContext context, Target target, Accepted accepted, Frame frame)
    {
        if (frame.Kind is FrameKind.Request && frame.IsMethod("initialize"u8))
        {
            return welcome.HandleAsync(context, target, accepted, frame);
        }

        if (lookup.Find(context, target) is not { } session)
        {
            return RefuseAsync(context, frame);
        }

        lookup.Touch(session);
        if (frame.Kind is not FrameKind.Request)
        {
            return AcceptAsync(context, session, frame);
        }

        return serving.ServeAsync(
            session,
            frame,
            new CallReply(context, accepted, limits),
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

    private static async Task RefuseAsync(HttpContext context, Frame frame)
    {
        using (frame)
        {
            await SessionLookup.RefuseAsync(context, frame[frame.Id]);
        }
    }

    private async Task ServeBatchAsync(
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
                await SessionLookup.RefuseAsync(context, default);
                return;
            }

            lookup.Touch(session);
            var messages = Batch.Split(body.Bytes.AsSpan(0, body.Length), limits.MaxBatchSize);
            await batches.ServeAsync(context, session, messages, accepted);
        }
        catch (NotAFrameException exception)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, exception.Message);
        }
        finally
        {
            body.Return();
        }
    }

    private static bool TryParse(
        RequestBody body,
        [NotNullWhen(true)] out Frame? frame,
        [NotNullWhen(false)] out NotAFrameException? why
    )
    {
        try
        {
            (frame, why) = (Frame.Adopt(body.Bytes ?? [], body.Length), null);
            return true;
        }
        catch (NotAFrameException exception)
        {
            (frame, why) = (null, exception);
            return false;
        }
    }

    private static bool IsVersionKnown(string version, out Dialect dialect)
    {
        var known = version.Length == 0 ? Dialect.Unnamed : Dialect.Find(version);
        dialect = known ?? Dialect.Unnamed;
        return known is { HasSessions: true };
    }

    private static Task Refuse(HttpContext context, int status, string message) =>
        HttpText.RefuseAsync(context.Response, status, RpcText.ServerError, message);
}
