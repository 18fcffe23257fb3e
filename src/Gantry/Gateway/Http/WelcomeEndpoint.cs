using Gantry.Access;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Takes the <c>initialize</c> that begins a session.</summary>
internal sealed class WelcomeEndpoint(
    Introduction introduction,
    GatewayLimits limits,
    TimeProvider time
)
{
    /// <summary>Takes the frame over.</summary>
    public async Task HandleAsync(
        HttpContext context,
        Target target,
        Accepted accepted,
        Frame initialize
    )
    {
        using (initialize)
        {
            var reply = new CallReply(context, accepted, isResumable: false);
            try
            {
                var session = introduction.Create(
                    target,
                    initialize,
                    Admission.Of(context).Envelope
                );
                context.Response.Headers[HttpText.SessionHeader] = session.Id;
                var aborted = context.RequestAborted;
                var welcoming = introduction.WelcomeAsync(session, initialize, aborted);
                var welcome = welcoming.IsCompleted
                    ? await welcoming
                    : await WaitAsync(context, accepted, welcoming.AsTask());
                await reply.FinishAsync(welcome.Answer);
            }
            catch (ServerUnavailableException exception)
            {
                Forget(context.Response);
                var id = initialize[initialize.Id];
                await reply.FinishAsync(RpcText.Error(id, RpcText.ServerError, exception.Message));
            }
            catch (OperationCanceledException) when (reply.IsAborted)
            {
                // Nobody is left to be answered.
            }
        }
    }

    // A server may take its time to start, and what is silent for a minute is cut by many proxies.
    private async Task<Welcome> WaitAsync(
        HttpContext context,
        Accepted accepted,
        Task<Welcome> welcoming
    )
    {
        if (!accepted.HasFlag(Accepted.EventStream))
        {
            return await welcoming;
        }

        using var timer = new PeriodicTimer(limits.KeepAlive, time);
        var tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
        while (await Task.WhenAny(welcoming, tick) != welcoming)
        {
            if (!context.Response.HasStarted)
            {
                await HttpText.BeginEventsAsync(context.Response);
            }

            HttpText.WriteKeepAlive(context.Response.BodyWriter);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
        }

        return await welcoming;
    }

    private static void Forget(HttpResponse response)
    {
        if (!response.HasStarted)
        {
            response.Headers.Remove(HttpText.SessionHeader);
        }
    }
}
