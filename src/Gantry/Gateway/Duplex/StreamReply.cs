using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>One request's part of a stream that carries everything.</summary>
/// <param name="gone">Cancelled when nobody waits for it any more.</param>
internal readonly struct StreamReply(Outlet outlet, CancellationToken gone) : IReply
{
    public bool IsAborted => gone.IsCancellationRequested;

    // The stream as a whole gives its signs of life.
    public ValueTask WriteAsync(Exchange exchange, Frame? frame) =>
        frame is null || IsAborted ? ValueTask.CompletedTask : outlet.WriteAsync(exchange, frame);

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public ValueTask FinishAsync(Exchange exchange, Frame response) =>
        IsAborted ? ValueTask.CompletedTask : outlet.WriteAsync(exchange, response);

    public ValueTask FinishAsync(ReadOnlyMemory<byte> response) =>
        IsAborted ? ValueTask.CompletedTask : outlet.WriteAsync(response);

    public ValueTask FinishStoppedAsync() => ValueTask.CompletedTask;
}
