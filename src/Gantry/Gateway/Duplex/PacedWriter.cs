using System.IO.Pipelines;

namespace Gantry.Gateway.Duplex;

/// <summary>A pipe whose reader must keep up.</summary>
internal sealed class PacedWriter(PipeWriter output, Pace pace) : PipeWriter
{
    public override void Advance(int bytes) => output.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

    /// <param name="cancellationToken">Not looked at: a stall is what ends the wait.</param>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) =>
        pace.WatchAsync(output.FlushAsync(pace.Token));

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => output.Complete(exception);
}
