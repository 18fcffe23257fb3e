using System.Runtime.CompilerServices;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Eras;

/// <summary>A client without sessions at a server that has them.</summary>
internal sealed class ToLegacy : Bridge
{
    private static readonly ConditionalWeakTable<Handshake, ToLegacy> s_known = [];

    private static readonly byte[] s_plain = [.. "\"resultType\":\"complete\","u8];

    // Says nothing that the server did not: gone at once, and for this caller only.
    private static readonly byte[] s_cacheable =
    [
        .. s_plain,
        .. "\"ttlMs\":0,\"cacheScope\":\"private\","u8,
    ];

    private readonly byte[] _server;
    private readonly byte[] _plainWithMeta;
    private readonly byte[] _cacheableWithMeta;

    private ToLegacy(Handshake handshake)
    {
        var server = handshake.ServerInfo.Span;
        _server = server.IsEmpty
            ? []
            : [.. "\""u8, .. MetaKey.ServerInfo, .. "\":"u8, .. server, .. ","u8];
        ReadOnlySpan<byte> meta = server.IsEmpty
            ? []
            : [.. "\"_meta\":{"u8, .. _server.AsSpan(..^1), .. "},"u8];
        _plainWithMeta = [.. s_plain, .. meta];
        _cacheableWithMeta = [.. s_cacheable, .. meta];
    }

    public static ToLegacy At(Handshake handshake) =>
        s_known.GetValue(handshake, static one => new(one));

    public override byte[]? Answer(Exchange exchange)
    {
        var request = exchange.Request;
        if (request[request.Method].StartsWith("\"tasks/"u8))
        {
            return RpcText.Error(
                request[request.Id],
                RpcText.MethodNotFound,
                "This server knows tasks only as its sessions have them, which no request "
                    + "without a session can use."
            );
        }

        return Wrong(request) is { } why
            ? RpcText.Error(request[request.Id], RpcText.InvalidParams, why)
            : null;
    }

    public override void Prepare(Frame request)
    {
        Members.Remove(
            request,
            Members.OfValue(request, request.InputResponses),
            Members.OfValue(request, request.RequestState)
        );
        if (!request.Meta.IsEmpty)
        {
            Members.Remove(request, request.Meta, MetaKey.Prefix);
        }
    }

    public override bool Shape(Exchange exchange, Frame frame)
    {
        if (frame.Kind is not FrameKind.Response)
        {
            return Notices.IsFor(exchange.Request, frame);
        }

        if (frame.IsError)
        {
            Errors.Translate(frame);
        }
        else if (frame[frame.Body] is [(byte)'{', ..])
        {
            Complete(frame, Caching.IsCacheable(exchange.Request));
        }

        return true;
    }

    // Whoever holds a valid state goes on with the call that it belongs to, and is not asked here.
    private static string? Wrong(Frame request)
    {
        if (!request.RequestState.IsEmpty)
        {
            return "This 'requestState' was not given to this caller for this request, or is too "
                + "old. Make the request without it.";
        }

        return request.InputResponses.IsEmpty || request[request.InputResponses] is [(byte)'{', ..]
            ? null
            : "'inputResponses' is not an object.";
    }

    private void Complete(Frame frame, bool isCacheable)
    {
        var hasMeta = !frame.Meta.IsEmpty;
        var members = (isCacheable, hasMeta) switch
        {
            (false, false) => _plainWithMeta,
            (true, false) => _cacheableWithMeta,
            (false, true) => s_plain,
            (true, true) => s_cacheable,
        };
        if (frame.ResultType.IsEmpty)
        {
            Members.Add(frame, frame.Body, members);
        }
        else
        {
            frame.Splice(frame.ResultType, members.AsMemory(..^1));
        }

        if (hasMeta && _server.Length > 0)
        {
            Members.Add(frame, frame.Meta, _server);
        }
    }
}
