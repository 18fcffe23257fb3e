using System.Diagnostics.CodeAnalysis;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes what a client sends: one message, or an array where the dialect has them.</summary>
internal sealed class PostEndpoint(SessionPost sessions, ModernPost modern, GatewayLimits limits)
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

        var version = headers[HttpText.VersionHeader].ToString();
        return ReadAsync(
            context,
            target,
            accepted,
            version.Length == 0 ? Dialect.Unnamed : Dialect.Find(version)
        );
    }

    // The body of an ordinary request is here already: nothing to wait for, nothing to suspend.
    private Task ReadAsync(HttpContext context, Target target, Accepted accepted, Dialect? dialect)
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
        Dialect? dialect,
        ValueTask<RequestBody> reading
    ) => await ServeAsync(context, target, accepted, dialect, await reading);

    private Task ServeAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Dialect? dialect,
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

        if (dialect is { HasBatches: true } && Batch.IsBatch(body.Bytes.AsSpan(0, body.Length)))
        {
            return sessions.ServeBatchAsync(context, target, accepted, body);
        }

        return TryParse(body, out var frame, out var why)
            ? ServeAsync(context, target, accepted, dialect, frame)
            : HttpText.RefuseAsync(
                context.Response,
                StatusCodes.Status400BadRequest,
                why.IsJson ? RpcText.InvalidRequest : RpcText.ParseError,
                why.Message
            );
    }

    private Task ServeAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Dialect? dialect,
        Frame frame
    )
    {
        if (ModernPost.IsFor(dialect, frame))
        {
            return modern.ServeAsync(context, target, accepted, frame);
        }

        return dialect is null
            ? RefuseVersion(context, frame)
            : sessions.ServeAsync(context, target, accepted, frame);
    }

    private static async Task RefuseVersion(HttpContext context, Frame frame)
    {
        using (frame)
        {
            var requested = context.Request.Headers[HttpText.VersionHeader].ToString();
            var refusal = RequestHeaders.Unsupported(requested);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await HttpText.WriteJsonAsync(
                context.Response,
                RpcText.Error(frame[frame.Id], refusal.Code, refusal.Message, refusal.Details)
            );
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

    private static Task Refuse(HttpContext context, int status, string message) =>
        HttpText.RefuseAsync(context.Response, status, RpcText.ServerError, message);
}
