using System.Buffers;
using System.Net.WebSockets;
using Gantry.Cli.Client;

namespace Gantry.Cli.Stdio;

/// <summary>One connection to the daemon's gateway: a WebSocket over its Unix socket.</summary>
internal sealed class Uplink : IDisposable
{
    private const int Piece = 64 * 1024;

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket;
    private readonly ArrayBufferWriter<byte> _message = new();

    private Uplink(ClientWebSocket socket) => _socket = socket;

    /// <summary>Why the daemon ended it; empty when it did not say.</summary>
    public string Farewell => _socket.CloseStatusDescription ?? "";

    /// <param name="path">Of the server, or of all of them as one.</param>
    /// <exception cref="WebSocketException">It was refused, or nobody answers.</exception>
    public static async Task<Uplink> ConnectAsync(
        string unixSocket,
        string path,
        CancellationToken cancellationToken
    )
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol("mcp");
            socket.Options.KeepAliveInterval = s_keepAlive;
            using var invoker = new HttpMessageInvoker(DaemonClient.NewHandler(unixSocket));
            var address = new Uri($"ws://localhost{path}/ws");
            await socket.ConnectAsync(address, invoker, cancellationToken);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="WebSocketException">The connection is broken.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _socket.SendAsync(
            message,
            WebSocketMessageType.Text,
            endOfMessage: true,
            cancellationToken
        );

    /// <summary>The next message, valid until the next call; null when the connection is over,
    /// however it ended.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellationToken)
    {
        _message.ResetWrittenCount();
        try
        {
            while (true)
            {
                var memory = _message.GetMemory(Piece);
                var read = await _socket.ReceiveAsync(memory, cancellationToken);
                _message.Advance(read.Count);
                if (read.MessageType is WebSocketMessageType.Close)
                {
                    return null;
                }

                if (read.EndOfMessage)
                {
                    return _message.WrittenMemory;
                }
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    /// <summary>Says goodbye; what still comes can be received until the daemon does too.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _socket.CloseOutputAsync(
                WebSocketCloseStatus.NormalClosure,
                statusDescription: null,
                cancellationToken
            );
        }
        catch (WebSocketException)
        {
            // It is over already.
        }
    }

    public void Dispose() => _socket.Dispose();
}
