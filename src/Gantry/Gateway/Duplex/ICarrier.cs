using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>
/// What carries messages to a client that reads all of them on one stream: the stream's own
/// framing. Used by one caller at a time. Each write is on its way when it returns.
/// </summary>
internal interface ICarrier
{
    /// <param name="message">One JSON-RPC message on one line.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message);

    /// <summary>A frame of a call, as its client shall read it. It stays the caller's.</summary>
    ValueTask WriteAsync(Exchange exchange, Frame frame);

    /// <summary>Says nothing, so that nobody on the way takes the stream for dead.</summary>
    ValueTask KeepAliveAsync();

    /// <summary>Takes the connection away from a client that does not read.</summary>
    void Abort();
}
