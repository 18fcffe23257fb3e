using System.Security.Cryptography;
using System.Text;
using Gantry.Config;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Routing;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// What makes two requests the same: the server's spec, the method, the parameters that a result
/// depends on, the dialect of the answer and in whose names it speaks, and, for what is private, who asks.
/// </summary>
// A digest, so that nobody can make two different requests look the same.
internal readonly record struct AnswerKey(string Digest)
{
    /// <param name="principal">Null for what everybody may read.</param>
    public static AnswerKey Of(Exchange exchange, SpecHash spec, string? principal)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(spec.Value));
        Append(hash, Encoding.UTF8.GetBytes(exchange.Session.Dialect.Revision));
        Append(hash, Encoding.UTF8.GetBytes(principal is null ? "public" : "private " + principal));
        Append(hash, exchange.Session.Target is Target.Several ? "joined"u8 : "one"u8);
        Append(hash, exchange.Asked.Span);
        var request = exchange.Request;
        Append(hash, request[request.Method]);
        AppendParams(hash, request[request.Body]);
        return new(Convert.ToHexString(hash.GetHashAndReset()));
    }

    private static void AppendParams(IncrementalHash hash, ReadOnlySpan<byte> body)
    {
        var json = FrameText.Reader(body);
        if (body.IsEmpty || !json.Read())
        {
            return;
        }

        while (json.Read() && json.TokenType is System.Text.Json.JsonTokenType.PropertyName)
        {
            var isMeta = json.ValueTextEquals("_meta"u8);
            var start = (int)json.TokenStartIndex;
            json.Read();
            json.Skip();
            if (!isMeta)
            {
                Append(hash, body[start..(int)json.BytesConsumed]);
            }
        }
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
