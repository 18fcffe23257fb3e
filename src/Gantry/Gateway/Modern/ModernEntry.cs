using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Listening;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Reconcile;
using Gantry.Wire;

namespace Gantry.Gateway.Modern;

/// <summary>
/// Serves requests that stand alone, over whatever transport they came: finds the caller's seat, or
/// lends it an instance, and answers what needs no call.
/// </summary>
internal sealed class ModernEntry(
    Board board,
    Callers callers,
    Lending lending,
    ListenServing listening,
    SharedServing shared,
    JoinedServing joined
)
{
    /// <summary>Takes the request over. Never fails: whatever happens becomes an answer.</summary>
    public async Task ServeAsync<TReply>(
        Target target,
        Envelope envelope,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        try
        {
            await RouteAsync(target, envelope, request, reply, aborted);
        }
        catch (Exception exception)
            when (exception is InstanceGoneException or ServerUnavailableException)
        {
            await RefuseAsync(request, reply, RpcText.InternalError, exception.Message);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            await reply.FinishStoppedAsync();
        }
    }

    private Task RouteAsync<TReply>(
        Target target,
        Envelope envelope,
        Frame request,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        if (Dialect.NewestWithoutSessions.IsRemoved(request[request.Method][1..^1]))
        {
            return RefuseAsync(
                request,
                reply,
                RpcText.MethodNotFound,
                "Method not found: this revision of the protocol has it no more."
            );
        }

        var arrival = new Arrival(callers.Of(target, envelope), envelope, request);
        return target is Target.Server { Name: var server }
            ? RouteAsync(arrival, server, reply, aborted)
            : joined.ServeAsync(arrival, reply, aborted);
    }

    private Task RouteAsync<TReply>(
        Arrival arrival,
        ServerName server,
        TReply reply,
        CancellationToken aborted
    )
        where TReply : IReply
    {
        var isolation = IsolationOf(server);
        return arrival.Request.IsMethod("subscriptions/listen"u8)
                ? listening.ServeAsync(arrival, new(server, isolation), reply, aborted)
            : isolation is Isolation.Session ? lending.ServeAsync(arrival, server, reply, aborted)
            : shared.ServeAsync(arrival, new(server, isolation), reply, aborted);
    }

    private Isolation IsolationOf(ServerName server) =>
        board.Current.Config.Servers.GetValueOrDefault(server)?.Spec.Isolation
        ?? throw new ServerUnavailableException(Outlook.Unknown(server));

    private static async Task RefuseAsync<TReply>(
        Frame request,
        TReply reply,
        int code,
        string message
    )
        where TReply : IReply
    {
        using (request)
        {
            await reply.FinishAsync(RpcText.Error(request[request.Id], code, message));
        }
    }
}
