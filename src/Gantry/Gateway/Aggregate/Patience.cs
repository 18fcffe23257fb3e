using Gantry.Config;

namespace Gantry.Gateway.Aggregate;

/// <summary>How long one of several servers is waited for: one that does not answer must not keep
/// the others' client waiting.</summary>
internal sealed class Patience(GatewayLimits limits, TimeProvider time)
{
    /// <param name="ask">Stops when its token says so.</param>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public async Task<T> WaitAsync<T>(
        Func<CancellationToken, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(limits.ListPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            cancellationToken
        );
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException)
            when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("It did not answer in time.");
        }
    }
}
