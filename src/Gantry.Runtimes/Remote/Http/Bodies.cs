using System.Buffers;
using System.Net.Http;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>Messages as the bodies of requests and answers.</summary>
internal static class Bodies
{
    private const int FirstSize = 16 * 1024;

    public const string Json = "application/json";
    public const string Events = "text/event-stream";
    public const string Either = $"{Json}, {Events}";

    /// <summary>A frame with its id, progress token and request id replaced where these are not
    /// empty.</summary>
    public static ReadOnlyMemory<byte> Write(
        Frame frame,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> progressToken,
        ReadOnlySpan<byte> requestId
    )
    {
        var output = new ArrayBufferWriter<byte>(
            FrameWriter.Measure(frame, id, progressToken, requestId)
        );
        FrameWriter.Write(output, frame, id, progressToken, requestId);
        return output.WrittenMemory;
    }

    // As it was written: to parse what may follow the type would cost each answer an object.
    public static bool Is(HttpResponseMessage response, string mediaType) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values)
        && values.Count == 1
        && IsType(values.ToString(), mediaType);

    private static bool IsType(ReadOnlySpan<char> written, ReadOnlySpan<char> mediaType)
    {
        var end = written.IndexOf(';');
        var type = end < 0 ? written : written[..end];
        return type.Trim().Equals(mediaType, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads an answer that is one message.</summary>
    /// <exception cref="OriginAnswerException">It is too large, or is none.</exception>
    public static async ValueTask<Frame> ReadAsync(
        HttpResponseMessage response,
        int most,
        Action heard,
        CancellationToken cancellationToken
    )
    {
        var expected = response.Content.Headers.ContentLength;
        var stream = response.Content.ReadAsStream(cancellationToken);
        // One byte more, so that the end is seen without growing.
        var size = expected is { } length and >= 0 ? Math.Min(length, most) + 1 : FirstSize;
        var buffer = ArrayPool<byte>.Shared.Rent((int)size);
        var count = 0;
        try
        {
            while (
                await stream.ReadAsync(buffer.AsMemory(count), cancellationToken)
                    is var read
                        and > 0
            )
            {
                heard();
                count += read;
                if (count > most)
                {
                    throw new OriginAnswerException(
                        $"the answer is larger than {most} bytes, more than one message may have. "
                            + "Ask for less at a time."
                    );
                }

                buffer = count == buffer.Length ? Grow(buffer) : buffer;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }

        return Adopt(buffer, count);
    }

    private static Frame Adopt(byte[] buffer, int count)
    {
        try
        {
            return Frame.Adopt(buffer, count);
        }
        catch (NotAFrameException exception)
        {
            throw new OriginAnswerException($"it answered with no message. {exception.Message}");
        }
    }

    /// <summary>A larger rented buffer with the same beginning; the old one is given back.</summary>
    public static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
