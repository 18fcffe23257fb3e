using System.Threading.Channels;

namespace Gantry.Reconcile;

/// <summary>Says that something changed, not what. Ten calls before somebody looks are one.</summary>
internal sealed class WakeUp
{
    private readonly Channel<byte> _calls = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Call() => _calls.Writer.TryWrite(0);

    public async Task WaitAsync(CancellationToken cancellationToken) =>
        await _calls.Reader.ReadAsync(cancellationToken);

    /// <summary>Waits for a call, but no longer than the patience.</summary>
    public async Task WaitAsync(
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (_calls.Reader.TryRead(out _))
        {
            return;
        }

        using var alarm = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            alarm.Token,
            cancellationToken
        );
        try
        {
            await WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody called: it is simply time.
        }
    }
}
