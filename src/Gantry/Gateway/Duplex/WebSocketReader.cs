using System.Buffers;
using System.Net.WebSockets;
using Gantry.Config;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Duplex;

/// <summary>Reads what a client sends on a WebSocket, until it is over.</summary>
internal sealed class WebSocketReader(WebSocket socket, HttpContext context, GatewayLimits limits)
{
    private const int FirstRent = 4 * 1024;

    /// <param name="cancellationToken">Ends the connection with the wait.</param>
    /// <returns>Why nothing more will come.</returns>
    public async Task<Farewell> ReadAsync(
        Conversation conversation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            while (true)
            {
                if (await ReadMessageAsync(conversation, cancellationToken) is { } farewell)
                {
                    return farewell;
                }
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            return Farewell.ByClient;
        }
    }

    /// <summary>Throws away what still comes until the client says goodbye too: to close with some
    /// of it unread would take the close frame from it.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstRent];
        try
        {
            while (socket.State is WebSocketState.CloseSent)
            {
                await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // It left without a goodbye.
        }
    }

    // Null while it goes on.
    private async ValueTask<Farewell?> ReadMessageAsync(
        Conversation conversation,
        CancellationToken cancellationToken
    )
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstRent);
        var length = 0;
        var isTaken = false;
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += read.Count;
                if (Refuse(read, length) is { } farewell)
                {
                    return farewell;
                }

                if (read.EndOfMessage)
                {
                    isTaken = true;
                    await TakeAsync(conversation, buffer, length);
                    return null;
                }

                buffer = length == buffer.Length ? Grow(buffer) : buffer;
            }
        }
        finally
        {
            if (!isTaken)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private Farewell? Refuse(ValueWebSocketReceiveResult read, int length) =>
        read.MessageType switch
        {
            WebSocketMessageType.Close => Farewell.ByClient,
            WebSocketMessageType.Binary => Farewell.NotText,
            _ => length > limits.MaxBodySize ? Farewell.TooBig(limits.MaxBodySize) : null,
        };

    private async ValueTask TakeAsync(Conversation conversation, byte[] rented, int length)
    {
        IReadOnlyList<Frame> messages;
        try
        {
            messages = Incoming.Read(rented, length, limits.MaxBatchSize);
        }
        catch (NotAFrameException exception)
        {
            var code = exception.IsJson ? RpcText.InvalidRequest : RpcText.ParseError;
            await conversation.Outlet.WriteAsync(RpcText.Error(default, code, exception.Message));
            return;
        }

        foreach (var message in messages)
        {
            await conversation.TakeAsync(message, context, conversation.Visit.Envelope);
        }
    }

    private static byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
