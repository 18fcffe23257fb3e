using System.Buffers;
using Gantry.Gateway.Http;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Reads what came at once on a stream that lasts.</summary>
internal static class Incoming
{
    /// <summary>One message, or those of an array: old revisions allow it, and each is answered by
    /// itself.</summary>
    /// <param name="rented">From the shared pool; it is taken over.</param>
    /// <exception cref="NotAFrameException">It is neither.</exception>
    public static IReadOnlyList<Frame> Read(byte[] rented, int length, int maxMessages)
    {
        if (!Batch.IsBatch(rented.AsSpan(0, length)))
        {
            return [Frame.Adopt(rented, length)];
        }

        try
        {
            return Batch.Split(rented.AsSpan(0, length), maxMessages);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
