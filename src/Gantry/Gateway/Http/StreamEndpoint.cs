using System.IO.Pipelines;
using Gantry.Access;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;

namespace Gantry.Gateway.Http;

/// <summary>
/// The stream that a client holds open for what answers none of its requests, or the rest of one
/// that it lost.
/// </summary>
internal sealed class StreamEndpoint(SessionLookup lookup)
{
    private const string LastEvent = "Last-Event-ID";

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
            : lookup.MissAsync(context, target, default, default);
    }

    // An event that nobody knows any more is no reason to refuse: the stream begins anew.
    private Task StreamAsync(HttpContext context, Session session)
    {
        var lost = context.Request.Headers[LastEvent].ToString();
        var found = lost.Length > 0 ? session.Replay.Find(lost) : null;
        return found is ({ } stream, var after)
            ? ReferenceEquals(stream, session.Listening)
                ? ListenAsync(context, session, after)
                : FollowAsync(context, stream, after)
            : ListenAsync(context, session, after: null);
    }

    private async Task ListenAsync(HttpContext context, Session session, int? after)
    {
        var output = context.Response.BodyWriter;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            Admission.Of(context).Ended
        );
        var reader = session.Outbox.Open(end.Token);
        try
        {
            await HttpText.BeginEventsAsync(context.Response);
            Begin(session, output, after);
            do
            {
                await WriteAsync(session, output);
                await output.FlushAsync(reader.Token);
            } while (await session.Outbox.Messages.WaitToReadAsync(reader.Token));
        }
        catch (OperationCanceledException) when (reader.IsCancellationRequested)
        {
            // The client left, or is not welcome any more, or opened another stream instead.
        }
        finally
        {
            session.Outbox.Close(reader);
            lookup.Touch(session);
        }
    }

    private static void Begin(Session session, PipeWriter output, int? after)
    {
        if (after is { } number)
        {
            foreach (var one in session.Listening.After(number).Events)
            {
                Write(output, one);
            }
        }
        else if (session.Dialect.HasPrimedStreams)
        {
            var priming = session.Listening.Add(default);
            HttpText.WritePriming(output, priming.Stream, priming.Number);
        }
    }

    private static async ValueTask WriteAsync(Session session, PipeWriter output)
    {
        while (session.Outbox.Messages.TryRead(out var message))
        {
            if (message.IsEmpty)
            {
                HttpText.WriteKeepAlive(output);
            }
            else
            {
                var added = session.Listening.Add(message);
                HttpText.WriteId(output, added.Stream, added.Number);
                await HttpText.WriteEventAsync(output, message);
            }
        }
    }

    /// <summary>The rest of a call's stream, up to and with its answer.</summary>
    private static async Task FollowAsync(HttpContext context, ReplayStream stream, int after)
    {
        var output = context.Response.BodyWriter;
        await HttpText.BeginEventsAsync(context.Response);
        try
        {
            while (true)
            {
                var rest = stream.After(after);
                foreach (var one in rest.Events)
                {
                    Write(output, one);
                    after = one.Number;
                }

                if (rest.IsOver)
                {
                    return;
                }

                if (rest.Events.Count == 0)
                {
                    HttpText.WriteKeepAlive(output);
                }

                await output.FlushAsync(context.RequestAborted);
                await rest.News.WaitAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // It was lost once more.
        }
    }

    private static void Write(PipeWriter output, ReplayEvent one)
    {
        HttpText.WriteId(output, one.Stream, one.Number);
        HttpText.WriteEvent(output, one.Message.Span);
    }
}
