using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gantry.Fuzz;

/// <summary>
/// What a listener sent back, read without a client that would forgive anything. Of an event
/// stream only the head is read: it may have no end.
/// </summary>
internal sealed record RawAnswer(int Status, string Head, byte[] Body)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public bool IsStream =>
        Head.Contains("content-type: text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends the bytes and reads one answer; null when the connection just ended.</summary>
    /// <param name="isAll">Whether nothing follows: what waits for more is told so.</param>
    public static async Task<RawAnswer?> AskAsync(Uri address, byte[] bytes, bool isAll)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, Cancelled);
        try
        {
            await socket.SendAsync(bytes, Cancelled);
            if (isAll)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            return await ReadAsync(new NetworkStream(socket));
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // It was cut, perhaps before all was sent.
            return null;
        }
    }

    /// <summary>Holds the body to what a client can show: an error with code and message.</summary>
    public void AssertIsError()
    {
        using var json = JsonDocument.Parse(Body);
        var error = json.RootElement.GetProperty("error");
        Assert.Equal("2.0", json.RootElement.GetProperty("jsonrpc").GetString());
        Assert.Equal(JsonValueKind.Number, error.GetProperty("code").ValueKind);
        Assert.NotEmpty(error.GetProperty("message").GetString() ?? "");
    }

    private static async Task<RawAnswer?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, Cancelled) == 0)
            {
                Assert.Empty(head);
                return null;
            }

            head.Add(one[0]);
        }

        var text = Encoding.Latin1.GetString([.. head]);
        Assert.StartsWith("HTTP/1.", text);
        var status = int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture);
        var body = new byte[LengthIn(text)];
        await stream.ReadExactlyAsync(body, Cancelled);
        return new(status, text, body);
    }

    private static int LengthIn(string head)
    {
        const string Name = "\r\nContent-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        var rest = at < 0 ? "0" : head[(at + Name.Length)..];
        return int.Parse(rest.Split('\r')[0], CultureInfo.InvariantCulture);
    }
}
