using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>One request's part of a stream that carries everything.</summary>
internal readonly struct StreamReply(Outlet outlet) : IReply
{
    public bool IsAborted => outlet.Cut.IsCancellationRequested;

    // The stream as a whole gives its signs of life.
    public ValueTask WriteAsync(Exchange exchange, Frame? frame) =>
        frame is null ? ValueTask.CompletedTask : outlet.WriteAsync(exchange, frame);

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public ValueTask FinishAsync(Exchange exchange, Frame response) =>
        outlet.WriteAsync(exchange, response);

    public ValueTask FinishAsync(ReadOnlyMemory<byte> response) => outlet.WriteAsync(response);

    public ValueTask FinishStoppedAsync() => ValueTask.CompletedTask;
}
