using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Streamable HTTP: one address, and what each verb means there.</summary>
internal sealed class StreamableEndpoint(
    PostEndpoint post,
    StreamEndpoint stream,
    SessionLookup lookup
)
{
    public Task HandleAsync(HttpContext context, Target target)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method))
        {
            return post.HandleAsync(context, target);
        }

        if (IsModern(context))
        {
            return HttpText.RefuseMethodAsync(context, "POST");
        }

        if (HttpMethods.IsGet(method))
        {
            return stream.HandleAsync(context, target);
        }

        return HttpMethods.IsDelete(method)
            ? EndSessionAsync(context, target)
            : HttpText.RefuseMethodAsync(context, "GET, POST, DELETE");
    }

    // Without sessions there is nothing to listen to and nothing to end.
    private static bool IsModern(HttpContext context) =>
        Dialect.Find(context.Request.Headers[HttpText.VersionHeader].ToString())
            is { HasSessions: false };

    private Task EndSessionAsync(HttpContext context, Target target)
    {
        if (lookup.Find(context, target) is not { } session)
        {
            return lookup.MissAsync(context, target, default, default);
        }

        lookup.End(session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
