using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gantry.Bench.Subjects;

namespace Gantry.Bench.Stands;

/// <summary>
/// The least that a gateway to a server on two pipes can do: writes the body of each request to the
/// server, and copies bytes from its pipe to the client's socket up to the end of the line, as they
/// come and without a look at them. One client at a time.
/// </summary>
internal sealed class RawCopy(Socket client, Stream toServer, Stream fromServer)
{
    public const string Name = "copy";

    private const int Chunk = 64 * 1024;
    private const int HeadRoom = 16;

    private static readonly byte[] s_head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();
    private static readonly byte[] s_end = "0\r\n\r\n"u8.ToArray();

    private readonly byte[] _in = new byte[Chunk];
    private readonly byte[] _out = new byte[HeadRoom + Chunk + 2];

    public static void Run(string port)
    {
        var start = new ProcessStartInfo(Repository.EchoServer, ["echo"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var server = Process.Start(start) ?? throw new UnreachableException();
        using var listener = new TcpListener(
            IPAddress.Loopback,
            int.Parse(port, CultureInfo.InvariantCulture)
        );
        listener.Start();
        while (true)
        {
            using var client = listener.AcceptSocket();
            client.NoDelay = true;
            new RawCopy(
                client,
                server.StandardInput.BaseStream,
                server.StandardOutput.BaseStream
            ).Serve();
        }
    }

    private void Serve()
    {
        while (TryReadRequest(out var body))
        {
            toServer.Write(body);
            toServer.WriteByte((byte)'\n');
            toServer.Flush();
            client.Send(s_head);
            CopyLine();
            client.Send(s_end);
        }
    }

    private void CopyLine()
    {
        var isEnd = false;
        while (!isEnd)
        {
            var count = fromServer.Read(_out, HeadRoom, Chunk);
            isEnd = count == 0 || _out[HeadRoom + count - 1] == '\n';
            var head = string.Create(CultureInfo.InvariantCulture, $"{count:x}\r\n");
            var begin = HeadRoom - head.Length;
            Encoding.ASCII.GetBytes(head, _out.AsSpan(begin));
            "\r\n"u8.CopyTo(_out.AsSpan(HeadRoom + count));
            client.Send(_out.AsSpan(begin..(HeadRoom + count + 2)));
        }
    }

    // Its one client sends a request with a length, and no other before it has the answer.
    private bool TryReadRequest(out ReadOnlySpan<byte> body)
    {
        var count = 0;
        int read;
        while ((read = client.Receive(_in.AsSpan(count))) > 0)
        {
            count += read;
            var received = _in.AsSpan(0, count);
            var at = received.IndexOf("\r\n\r\n"u8) + 4;
            if (at >= 4 && count - at == Length(received[..at]))
            {
                body = received[at..];
                return true;
            }
        }

        body = default;
        return false;
    }

    private static int Length(ReadOnlySpan<byte> head)
    {
        var digits = head[(head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
        return int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
