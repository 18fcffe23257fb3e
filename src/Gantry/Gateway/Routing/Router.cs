using System.Collections.Concurrent;
using Gantry.Config;
using Gantry.Reconcile;
using Gantry.Runtimes;
using Gantry.Wire;

namespace Gantry.Gateway.Routing;

/// <summary>Finds the instance for a call, and waits for one where there is hope.</summary>
internal sealed class Router(
    Board board,
    IRuntime runtime,
    DemandOf demandOf,
    GatewayLimits limits,
    TimeProvider time,
    WireTaps taps
)
{
    private const int MaxRoutes = 10_000;

    private readonly ConcurrentDictionary<ServerName, ServerRoute> _shared = new();
    private readonly ConcurrentDictionary<
        (ServerName Server, string Principal),
        ServerRoute
    > _ofPrincipals = new();

    public ServerRoute Shared(ServerName server) =>
        _shared.GetOrAdd(
            server,
            static (name, taps) => new(name, Isolation.Shared, session: null, taps.Of(name)),
            taps
        );

    /// <summary>The way to the session's own instance.</summary>
    public ServerRoute Own(ServerName server, string session) =>
        new(server, Isolation.Session, session, taps.Of(server));

    /// <summary>The way to the instance that all clients of a principal share.</summary>
    /// <param name="principal">Null for all of whom nobody knows who they are.</param>
    public ServerRoute OfPrincipal(ServerName server, string? principal)
    {
        // Who has one keeps it; what is lost is the memory of what was found on the board.
        if (_ofPrincipals.Count > MaxRoutes)
        {
            _ofPrincipals.Clear();
        }

        return _ofPrincipals.GetOrAdd(
            (server, PrincipalKey.Of(principal)),
            static (key, taps) =>
                new(key.Server, Isolation.Principal, key.Principal, taps.Of(key.Server)),
            taps
        );
    }

    public IConnection? Pick(ServerRoute route) => route.Pick(board.Current, runtime);

    /// <summary>An instance that takes calls now, or as soon as there is one.</summary>
    /// <exception cref="ServerUnavailableException">There will be none in time.</exception>
    public async Task<IConnection> WaitAsync(ServerRoute route, CancellationToken cancellationToken)
    {
        var meter =
            demandOf(route.Server)
            ?? throw new ServerUnavailableException(Outlook.Unknown(route.Server));
        using var waiting = meter.Wait(route.Principal);
        var began = time.GetUtcNow();
        var patience = Outlook.Patience(board.Current, route, limits.StartupSlack, began);
        using var timeout = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            timeout.Token
        );
        try
        {
            return await FindAsync(route, new(began, began + patience), either.Token);
        }
        catch (OperationCanceledException)
            when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnavailableException(Outlook.TimedOut(board.Current, route, patience));
        }
    }

    private async Task<IConnection> FindAsync(
        ServerRoute route,
        Waiting waiting,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var picture = board.Current;
            if (route.Pick(picture, runtime) is { } connection)
            {
                return connection;
            }

            if (Outlook.Hopeless(picture, route, waiting) is { } why)
            {
                throw new ServerUnavailableException(why);
            }

            await board.AfterAsync(picture.Version, cancellationToken);
        }
    }
}

/// <summary>Since when a call waits, and until when it will.</summary>
internal readonly record struct Waiting(DateTimeOffset Since, DateTimeOffset Until);
