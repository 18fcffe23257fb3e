using Gantry.Config;
using Gantry.Flow;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Routing;

namespace Gantry.Gateway.Flow;

/// <summary>Lets calls to a server with few places wait for their turn.</summary>
internal sealed class Turns(Router router, DemandOf demandOf)
{
    // Nobody can know; what matters is that a client does not come back at once.
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Enters the turnstile, which is to be left.</summary>
    /// <exception cref="ServerUnavailableException">It is full, its turn did not come in time, or
    /// the server cannot be had.</exception>
    public ValueTask EnterAsync(
        Exchange exchange,
        Lane lane,
        Turnstile turnstile,
        ServerRoute route,
        CancellationToken aborted
    ) => turnstile.TryEnter() ? default : WaitAsync(exchange, lane, turnstile, route, aborted);

    // Whoever waits for a server that cannot start shall hear why, all at the same time, and not
    // each in turn: so the queue begins behind a server that is there.
    private async ValueTask WaitAsync(
        Exchange exchange,
        Lane lane,
        Turnstile turnstile,
        ServerRoute route,
        CancellationToken aborted
    )
    {
        var opening = exchange.BeginOpening(aborted);
        if (router.Pick(route) is null)
        {
            await router.WaitAsync(route, opening);
        }

        var meter = demandOf(route.Server);
        using var demand = meter?.Wait(route.Principal);
        var patience = lane.Policy.QueueTimeout;
        var passage = await turnstile.EnterAsync(ClientOf(exchange), patience, opening);
        if (passage is not Passage.Entered)
        {
            throw new ServerUnavailableException(Explain(route.Server, lane.Policy, passage))
            {
                RetryAfter = s_retryAfter,
            };
        }
    }

    // Where every request stands alone, only who asks can tell one client from another.
    private static object ClientOf(Exchange exchange) =>
        exchange.Session.Dialect.HasSessions
            ? exchange.Session
            : exchange.Envelope.Principal ?? (object)exchange.Session;

    private static string Explain(ServerName server, FlowPolicy policy, Passage passage) =>
        passage is Passage.Full
            ? $"Server '{server}' is busy: {policy.MaxQueue} calls wait for it already. "
                + "Try again later."
            : $"Server '{server}' is busy: the call waited {policy.QueueTimeout.TotalSeconds:0.###} s "
                + $"for one of {policy.MaxConcurrency} places. Try again later.";
}
