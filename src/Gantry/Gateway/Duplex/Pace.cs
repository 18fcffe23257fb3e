namespace Gantry.Gateway.Duplex;

/// <summary>Watches that a client takes what it is sent, a piece at a time.</summary>
internal sealed class Pace(TimeSpan patience, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _stalled = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>Cancelled when one piece took too long: to be given to whatever sends it.</summary>
    public CancellationToken Token => _stalled.Token;

    public bool IsStalled => _stalled.IsCancellationRequested;

    /// <summary>Waits for one piece to be taken.</summary>
    // What is taken at once, as nearly everything is, needs no timer.
    public ValueTask<T> WatchAsync<T>(ValueTask<T> sending) =>
        sending.IsCompletedSuccessfully ? sending : WaitAsync(sending);

    public async ValueTask WatchAsync(ValueTask sending)
    {
        if (!sending.IsCompletedSuccessfully)
        {
            await WaitAsync(WithResult(sending));
        }
    }

    public void Dispose() => _stalled.Dispose();

    private async ValueTask<T> WaitAsync<T>(ValueTask<T> sending)
    {
        _stalled.CancelAfter(patience);
        try
        {
            return await sending;
        }
        finally
        {
            _stalled.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private static async ValueTask<bool> WithResult(ValueTask sending)
    {
        await sending;
        return true;
    }
}
