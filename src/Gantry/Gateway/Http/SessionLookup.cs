using Gantry.Access;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Replicas;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;

namespace Gantry.Gateway.Http;

/// <summary>Finds the session that a request's header names.</summary>
internal sealed class SessionLookup(SessionTable sessions, Forwarding forwarding)
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

    /// <summary>When none was found: lets the replica answer that has it, or says why there is
    /// none.</summary>
    /// <param name="body">As it was read; empty for none.</param>
    /// <param name="id">The request's, as JSON text; empty for null.</param>
    public async Task MissAsync(
        HttpContext context,
        Target target,
        ReadOnlyMemory<byte> body,
        ReadOnlyMemory<byte> id
    )
    {
        var name = context.Request.Headers[HttpText.SessionHeader].ToString();
        var holder = forwarding.HolderOf(context, name);
        var address = new Address(target, Transport.Streamable);
        if (holder is null)
        {
            await RefuseAsync(context, "Session not found.", id);
        }
        else if (!await forwarding.TryAsync(context, holder, address, body))
        {
            await RefuseAsync(context, "The replica with this session does not answer.", id);
        }
    }

    // A client that gets 404 begins anew.
    private static Task RefuseAsync(HttpContext context, string why, ReadOnlyMemory<byte> id)
    {
        var isMissing = context.Request.Headers[HttpText.SessionHeader].Count == 0;
        return HttpText.RefuseAsync(
            context.Response,
            isMissing ? StatusCodes.Status400BadRequest : StatusCodes.Status404NotFound,
            RpcText.ServerError,
            isMissing
                ? "Bad Request: Mcp-Session-Id header is required. Send 'initialize' first."
                : $"{why} Send 'initialize' again.",
            id.Span
        );
    }
}
