using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// What Gantry listens to at servers without sessions, one stream for each instance, on behalf of
/// all who subscribed to something there.
/// </summary>
internal sealed class Upstreams(GatewayLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<IConnection, Upstream> _all = new();

    /// <summary>Listens until the instance is gone.</summary>
    /// <param name="wanted">The resources that somebody wants to hear of now.</param>
    /// <param name="hear">Takes over what came: only changes of lists and resources.</param>
    /// <exception cref="InstanceGoneException">The instance is gone.</exception>
    public async Task ListenAsync(
        IConnection connection,
        Func<ImmutableHashSet<string>> wanted,
        Action<Frame> hear,
        CancellationToken stoppingToken
    )
    {
        var upstream = new Upstream(connection, wanted, hear);
        _all[connection] = upstream;
        try
        {
            await upstream.RunAsync(time, stoppingToken);
        }
        finally
        {
            _all.TryRemove(connection, out _);
            upstream.End();
        }
    }

    /// <summary>
    /// Looks again at what is wanted; returns when the server has taken note, or does not in time.
    /// </summary>
    public async Task RefreshAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (!_all.TryGetValue(connection, out var upstream))
        {
            return;
        }

        using var patience = new CancellationTokenSource(limits.StartupSlack, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            patience.Token
        );
        try
        {
            await upstream.Refresh().WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It may still do so later; nobody is told that it did not.
        }
    }
}
