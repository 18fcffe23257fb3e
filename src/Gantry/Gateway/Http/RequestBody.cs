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

    // What of too long a body is taken and thrown away.
    private const int MaxDrained = 16 * 1024 * 1024;

    public static ValueTask<RequestBody> ReadAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength is null || request.ContentLength > limit)
        {
            LetFinish(request, limit);
        }

        return request.ContentLength > limit
            ? new(default(RequestBody))
            : ReadAsync(request.BodyReader, request.ContentLength, limit);
    }

    public void Return()
    {
        if (Bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(Bytes);
        }
    }

    // A listener that cuts a client in the middle of its body takes from it the answer that says
    // why. So it reads on for a while, a few seconds at most, and past what is allowed here.
    private static void LetFinish(HttpRequest request, int limit)
    {
        if (
            request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is
            { IsReadOnly: false } bound
        )
        {
            bound.MaxRequestBodySize = (long)limit + MaxDrained;
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
