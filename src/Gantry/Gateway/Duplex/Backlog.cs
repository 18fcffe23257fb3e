using Gantry.Config;

namespace Gantry.Gateway.Duplex;

/// <summary>How much waits for a client, and who waits for that to become less.</summary>
internal sealed class Backlog(GatewayLimits limits)
{
    private readonly Lock _lock = new();
    private long _bytes;
    private TaskCompletionSource? _relief;

    /// <returns>False when there is too much, and none was added.</returns>
    // Alone, a message of any size may wait: it is no longer than what was read of a server.
    public bool TryAdd(int bytes)
    {
        lock (_lock)
        {
            if (_bytes > 0 && _bytes + bytes > limits.MaxUnreadBytes)
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }
    }

    public void Remove(int bytes)
    {
        TaskCompletionSource? relief;
        lock (_lock)
        {
            _bytes -= bytes;
            if (_bytes >= limits.BusyBytes)
            {
                return;
            }

            relief = _relief;
            _relief = null;
        }

        relief?.SetResult();
    }

    /// <summary>Completes when so little waits that the client may ask for more.</summary>
    public Task ReliefAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_bytes < limits.BusyBytes)
            {
                return Task.CompletedTask;
            }

            _relief ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _relief.Task.WaitAsync(cancellationToken);
        }
    }
}
