using Gantry.Wire;

namespace Gantry.Gateway.Calls;

/// <summary>
/// Where what comes back for one request goes, in the form that its transport asks for. Used by
/// one caller at a time.
/// </summary>
internal interface IReply
{
    /// <summary>Nobody can be answered any more.</summary>
    bool IsAborted { get; }

    /// <summary>
    /// Writes what comes before the response; a sign of life for null. A client that takes only the
    /// response misses it. The frame stays the caller's.
    /// </summary>
    ValueTask WriteAsync(Exchange exchange, Frame? frame);

    /// <summary>Brings on its way what was written.</summary>
    ValueTask FlushAsync();

    /// <summary>Writes the response. It stays the caller's.</summary>
    ValueTask FinishAsync(Exchange exchange, Frame response);

    /// <summary>Writes a response of Gantry's own, or for lack of the server's.</summary>
    ValueTask FinishAsync(ReadOnlyMemory<byte> response);

    /// <summary>Ends without a response, as the client asked for none.</summary>
    ValueTask FinishStoppedAsync();
}
