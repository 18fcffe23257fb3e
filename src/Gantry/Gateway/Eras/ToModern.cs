using System.Text;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>A client with a session at a server that knows none: one for each seat.</summary>
internal sealed class ToModern : Bridge
{
    private readonly byte[] _client;
    private byte[] _meta;

    public ToModern(Session session)
    {
        var said = session.ClientParams.Span;
        var capabilities = FrameText.Member(said, "capabilities"u8);
        var name = FrameText.Member(said, "clientInfo"u8);
        _client =
        [
            .. Member(MetaKey.ProtocolVersion, Quoted(Dialect.NewestWithoutSessions.Revision)),
            .. Member(MetaKey.ClientCapabilities, capabilities.IsEmpty ? "{}"u8 : capabilities),
            .. name.IsEmpty ? [] : Member(MetaKey.ClientInfo, name),
        ];
        _meta = _client;
    }

    /// <summary>What each request's <c>_meta</c> says of the client, without the braces.</summary>
    public ReadOnlyMemory<byte> Meta => Volatile.Read(ref _meta).AsMemory(..^1);

    public override byte[]? Answer(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.IsMethod("logging/setLevel"u8))
        {
            return LogLevels.Set(request, level => SetLevel(level));
        }

        if (
            request.IsMethod("resources/subscribe"u8) || request.IsMethod("resources/unsubscribe"u8)
        )
        {
            return RpcText.Result(request[request.Id], "{}"u8);
        }

        return request[request.Method].StartsWith("\"tasks/"u8)
            ? RpcText.Error(
                request[request.Id],
                RpcText.MethodNotFound,
                "This server knows tasks only as an extension that came after sessions."
            )
            : null;
    }

    /// <summary>From now on the server is told that the client wants log messages.</summary>
    public void SetLevel(string level) =>
        Volatile.Write(ref _meta, [.. _client, .. Member(MetaKey.LogLevel, Quoted(level))]);

    public override void Prepare(Frame request)
    {
        var meta = Volatile.Read(ref _meta);
        if (!request.Meta.IsEmpty)
        {
            Members.Add(request, request.Meta, meta);
            return;
        }

        byte[] member = [.. "\"_meta\":{"u8, .. meta.AsSpan(..^1), .. "},"u8];
        if (!request.Body.IsEmpty)
        {
            Members.Add(request, request.Body, member);
            return;
        }

        request.Splice(
            new(request.Method.End, 0),
            (byte[])[.. ",\"params\":{"u8, .. member.AsSpan(..^1), .. "}"u8]
        );
    }

    public override bool Shape(Exchange exchange, Frame frame)
    {
        if (frame.Kind is FrameKind.Response)
        {
            Members.Remove(frame, frame.ResultType, frame.TtlMs, frame.CacheScope);
        }

        return true;
    }

    private static byte[] Member(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        [.. "\""u8, .. key, .. "\":"u8, .. value, .. ","u8];

    private static byte[] Quoted(string text) => Encoding.UTF8.GetBytes($"\"{text}\"");
}
