using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Gantry.Gateway.Http;

/// <summary>A request's body in a buffer rented from the shared pool.</summary>
/// <param name="Bytes">Null when the body was longer than allowed.</param>
internal readonly record struct RequestBody(byte[]? Bytes, int Length)
{
    // A long body is believed as it comes, not as it is announced.
    private const int MaxFirstRent = 64 * 1024;
    private const int UnknownLength = 4 * 1024;

    public static ValueTask<RequestBody> ReadAsync(HttpRequest request, int limit)
    {
        var length = request.ContentLength;
        if (length is null || length > limit)
        {
            // Who sends too much shall read so: the listener then passes over the rest for some
            // seconds, where it would break off by its own count.
            var bound = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>();
            bound?.MaxRequestBodySize = null;
        }

        return length > limit
            ? new(default(RequestBody))
            : ReadAsync(request.BodyReader, length, limit);
    }

    public void Return()
    {
        if (Bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(Bytes);
        }
    }

    private static async ValueTask<RequestBody> ReadAsync(
        PipeReader reader,
        long? length,
        int limit
    )
    {
        var first = (int)Math.Clamp(length ?? UnknownLength, 1, MaxFirstRent);
        var body = new RequestBody(ArrayPool<byte>.Shared.Rent(first), 0);
        var isWhole = false;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(CancellationToken.None);
                if (body.Length + read.Buffer.Length > limit)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    return default;
                }

                body = body.Append(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || body.Length == length)
                {
                    isWhole = true;
                    return body;
                }
            }
        }
        finally
        {
            if (!isWhole)
            {
                body.Return();
            }
        }
    }

    private RequestBody Append(ReadOnlySequence<byte> more)
    {
        var bytes = Bytes ?? [];
        var length = Length + (int)more.Length;
        if (length > bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, bytes.Length * 2));
            bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }

        more.CopyTo(bytes.AsSpan(Length));
        return new(bytes, length);
    }
}
