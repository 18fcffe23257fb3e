using Gantry.Access;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;

namespace Gantry.Gateway.Http;

/// <summary>Finds the session that a request's header names.</summary>
internal sealed class SessionLookup(SessionTable sessions)
{
    public Session? Find(HttpContext context, Target target)
    {
        var id = context.Request.Headers[HttpText.SessionHeader].ToString();
        var session = id.Length == 0 ? null : sessions.Find(id);
        return session?.Target == target && IsTheirs(session, context) ? session : null;
    }

    // Who learns of a session's id, from a log perhaps, does not get the session with it.
    private static bool IsTheirs(Session session, HttpContext context) =>
        session.Envelope.Principal == Admission.Of(context).Envelope.Principal;

    public void Touch(Session session) => session.Touch(sessions.Now);

    public void End(Session session) => sessions.End(session, "client");

    /// <summary>Says why none was found: a client that gets 404 begins anew.</summary>
    /// <param name="id">The request's, as JSON text; empty for null.</param>
    public static Task RefuseAsync(HttpContext context, ReadOnlySpan<byte> id)
    {
        var isMissing = context.Request.Headers[HttpText.SessionHeader].Count == 0;
        return HttpText.RefuseAsync(
            context.Response,
            isMissing ? StatusCodes.Status400BadRequest : StatusCodes.Status404NotFound,
            RpcText.ServerError,
            isMissing
                ? "Bad Request: Mcp-Session-Id header is required. Send 'initialize' first."
                : "Session not found. Send 'initialize' again.",
            id
        );
    }
}
