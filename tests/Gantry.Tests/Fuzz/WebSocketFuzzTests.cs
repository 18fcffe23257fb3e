using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;
using Gantry.Gateway;
using Gantry.Wire;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>Messages on a WebSocket, cut into frames of its own.</summary>
public sealed class WebSocketFuzzTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task A_message_is_answered_the_same_however_it_was_cut()
    {
        var (gateway, _) = await GatewayUnderTest.StartWithEchoAsync();
        await using var _ = gateway;
        using var whole = await ConnectAsync(gateway);
        using var cut = await ConnectAsync(gateway);
        await Fuzzer
            .Make()
            .RunAsync(
                1_000,
                async one =>
                {
                    var made = Encoding.UTF8.GetBytes(Pieces.Message(one.Dice));
                    var utf8 = one.Note(Damage.Maybe(made, one.Dice));
                    if (Utf8.IsValid(utf8) && IsAnsweredOnce(utf8))
                    {
                        await whole.SendAsync(utf8, WebSocketMessageType.Text, true, Cancelled);
                        await SendInPiecesAsync(cut, utf8, one.Dice);

                        Assert.Equal(await ReceiveAsync(whole), await ReceiveAsync(cut));
                    }
                }
            );
    }

    // What asks for a stream is answered at its end, and an array as often as it has requests.
    private static bool IsAnsweredOnce(byte[] utf8)
    {
        if (utf8.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'[', ..])
        {
            return false;
        }

        try
        {
            using var frame = Frame.Parse(utf8);
            return frame.Kind is FrameKind.Request && !frame.IsMethod("subscriptions/listen"u8);
        }
        catch (NotAFrameException)
        {
            return true;
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(GatewayUnderTest gateway)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mcp");
        var address = new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/mcp/echo/ws" };
        await socket.ConnectAsync(address.Uri, Cancelled);
        var hello = Encoding.UTF8.GetBytes(Client.Initialize());
        await socket.SendAsync(hello, WebSocketMessageType.Text, true, Cancelled);
        await ReceiveAsync(socket);
        return socket;
    }

    private static async Task SendInPiecesAsync(ClientWebSocket socket, byte[] utf8, Random dice)
    {
        var at = 0;
        do
        {
            var length = Math.Min(utf8.Length - at, dice.Next(0, 2 + (utf8.Length / 3)));
            at += length;
            await socket.SendAsync(
                utf8.AsMemory(at - length, length),
                WebSocketMessageType.Text,
                at == utf8.Length,
                Cancelled
            );
        } while (at < utf8.Length);
    }

    // What comes unasked may come to one of them sooner.
    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, Cancelled);
            Assert.Equal(WebSocketMessageType.Text, read.MessageType);
            message.Write(buffer, 0, read.Count);
            if (read.EndOfMessage && IsAnswer(message.ToArray()))
            {
                return Encoding.UTF8.GetString(message.ToArray());
            }

            if (read.EndOfMessage)
            {
                message.SetLength(0);
            }
        }
    }

    private static bool IsAnswer(byte[] utf8)
    {
        using var frame = Frame.Parse(utf8);
        return frame.Kind is FrameKind.Response;
    }
}
