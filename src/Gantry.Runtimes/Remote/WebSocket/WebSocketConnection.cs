using System.Buffers;
using System.Net.WebSockets;
using Gantry.Runtimes.Remote.Http;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.WebSocket;

/// <summary>One message per text frame of a WebSocket; the socket is the conversation.</summary>
internal sealed class WebSocketConnection(RemoteContext context) : RemoteConnection(context)
{
    private const string Subprotocol = "mcp";
    private const int FirstSize = 16 * 1024;

    private static readonly TimeSpan s_ping = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pong = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _reading = Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken);
        _reading = ReadAsync();
        Handshake = await Handshaker.RunAsync(this, Context.InitializeParams, cancellationToken);
        IsModern = !Handshake.Dialect.HasSessions;
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(Frame frame, CancellationToken cancellationToken) =>
        WriteAsync(BodyOf(frame, default, default, default), cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask TakeLeaveAsync(CancellationToken cancellationToken)
    {
        if (_socket.State is WebSocketState.Open)
        {
            await _socket.CloseOutputAsync(
                WebSocketCloseStatus.NormalClosure,
                "",
                cancellationToken
            );
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _reading;
        await base.DisposeAsync();
        _socket.Dispose();
        _sending.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ServeAsync(RemoteCall call, Envelope envelope)
    {
        var number = call.Utf8Number;
        await WriteAsync(BodyOf(call.Request, number, number, default), call.Over);
    }

    /// <inheritdoc/>
    protected override async ValueTask TellCancelledAsync(
        RemoteCall call,
        Frame? notification,
        CancellationToken cancellationToken
    )
    {
        using var own = Cancellation.NewFrame();
        var body = BodyOf(notification ?? own, default, default, call.Utf8Number);
        await WriteAsync(body, cancellationToken);
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var options = _socket.Options;
        options.AddSubProtocol(Subprotocol);
        options.KeepAliveInterval = s_ping;
        options.KeepAliveTimeout = s_pong;
        foreach (var (name, value) in Origin.Headers)
        {
            options.SetRequestHeader(name, value);
        }

        if (await Origin.FindAuthorizationAsync(Envelope.Own, cancellationToken) is { } own)
        {
            options.SetRequestHeader("Authorization", own);
        }

        options.CollectHttpResponseDetails = true;
        try
        {
            await _socket.ConnectAsync(SocketUrl(Origin.Url), Origin.Http, cancellationToken);
        }
        catch (WebSocketException exception)
            when (Answers.Refuses(_socket.HttpStatusCode, Origin.Shown) is { } why)
        {
            throw new OriginAnswerException(why, exception);
        }
    }

    private static Uri SocketUrl(Uri url) =>
        url.Scheme switch
        {
            "http" => new UriBuilder(url) { Scheme = "ws", Port = url.Port }.Uri,
            "https" => new UriBuilder(url) { Scheme = "wss", Port = url.Port }.Uri,
            _ => url,
        };

    private async ValueTask WriteAsync(
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        // The wait may be given up, the writing not: half a message would be the end of the socket.
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, Over);
        }
        catch (Exception exception)
            when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            throw new InstanceGoneException($"{Instance}: the socket is closed.");
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await ReceiveAsync() is { } message)
            {
                NoteSign();
                Take(message);
            }

            Lose(Farewell());
        }
        catch (OperationCanceledException) when (Over.IsCancellationRequested)
        {
            // The conversation is over.
        }
        catch (Exception exception)
            when (exception is OriginAnswerException or WebSocketException or IOException)
        {
            Lose(
                exception is OriginAnswerException
                    ? exception.Message
                    : $"the socket to {Origin.Shown} broke."
            );
        }
    }

    private string Farewell()
    {
        var said = string.IsNullOrEmpty(_socket.CloseStatusDescription)
            ? ""
            : $": {Context.Log.Note(_socket.CloseStatusDescription)}";
        return $"{Origin.Shown} closed the socket with {(int?)_socket.CloseStatus}{said}.";
    }

    private void Take(Message message)
    {
        var frame = TryParse(message.Buffer.AsSpan(0, message.Length));
        ArrayPool<byte>.Shared.Return(message.Buffer);
        if (frame is not null)
        {
            Take(frame, stream: null);
        }
    }

    // Null when the other side has closed.
    private async Task<Message?> ReceiveAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        var length = 0;
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(length), Over);
                length += part.Count;
                if (length > Context.MaxFrameSize)
                {
                    throw new OriginAnswerException(
                        $"{Origin.Shown} sent a message of more than {Context.MaxFrameSize} bytes."
                    );
                }

                if (part.MessageType is WebSocketMessageType.Close)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return null;
                }

                if (part.EndOfMessage)
                {
                    return new(buffer, length);
                }

                buffer = length == buffer.Length ? Bodies.Grow(buffer) : buffer;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <param name="Buffer">Rented.</param>
    private readonly record struct Message(byte[] Buffer, int Length);
}
