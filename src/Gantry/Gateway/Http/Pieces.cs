using System.IO.Pipelines;
using Gantry.Gateway.Calls;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>
/// Writes long frames as fast as their client reads: beside the frame itself no more of it is in
/// memory than one piece.
/// </summary>
internal static class Pieces
{
    /// <summary>Up to here a frame is written at once.</summary>
    public const int Length = 64 * 1024;

    public static ValueTask WriteAsync(PipeWriter output, Exchange exchange, Frame frame)
    {
        if (frame.Length > Length)
        {
            return WriteSlowlyAsync(output, exchange, frame);
        }

        exchange.Write(output, frame);
        return default;
    }

    private static async ValueTask WriteSlowlyAsync(
        PipeWriter output,
        Exchange exchange,
        Frame frame
    )
    {
        var cursor = default(FrameCursor);
        var isMore = true;
        while (isMore)
        {
            isMore = exchange.WriteSome(output, frame, ref cursor, Length);
            var flushed = await output.FlushAsync(CancellationToken.None);

            // Nobody reads any more.
            isMore = isMore && !flushed.IsCompleted && !flushed.IsCanceled;
        }
    }
}
