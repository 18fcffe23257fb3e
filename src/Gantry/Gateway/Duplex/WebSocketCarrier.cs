using System.Buffers;
using System.Net.WebSockets;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Http;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Carries each message as one text message of a WebSocket.</summary>
internal sealed class WebSocketCarrier(WebSocket socket, Pace pace) : ICarrier
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ValueTask WriteAsync(ReadOnlyMemory<byte> message) =>
        message.Length > HttpText.MaxAtOnce
            ? SendPiecesAsync(message, isLast: true)
            : SendAsync(message, isLast: true);

    public ValueTask WriteAsync(Exchange exchange, Frame frame)
    {
        if (frame.Length > HttpText.MaxAtOnce)
        {
            return SendPartsAsync(exchange, frame);
        }

        _buffer.ResetWrittenCount();
        exchange.Write(_buffer, frame);
        return SendAsync(_buffer.WrittenMemory, isLast: true);
    }

    // The socket sends pings by itself.
    public ValueTask KeepAliveAsync() => ValueTask.CompletedTask;

    public void Abort() => socket.Abort();

    private async ValueTask SendPartsAsync(Exchange exchange, Frame frame)
    {
        foreach (var part in exchange.Parts(frame))
        {
            await SendPiecesAsync(part, isLast: false);
        }

        await SendAsync(default, isLast: true);
    }

    // As continuation frames of one message: a client that still takes something is not stalled.
    private async ValueTask SendPiecesAsync(ReadOnlyMemory<byte> bytes, bool isLast)
    {
        for (; bytes.Length > HttpText.MaxAtOnce; bytes = bytes[HttpText.MaxAtOnce..])
        {
            await SendAsync(bytes[..HttpText.MaxAtOnce], isLast: false);
        }

        await SendAsync(bytes, isLast);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isLast) =>
        pace.WatchAsync(socket.SendAsync(bytes, WebSocketMessageType.Text, isLast, pace.Token));
}
