using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gantry.Bench.Load;

/// <summary>
/// One kept-alive HTTP/1.1 connection, blocking and without allocations once warm. Understands
/// answers with a length and chunked ones; of an event stream it gives the raw text.
/// </summary>
internal sealed class HttpSocket : IDisposable
{
    private const int ReadAhead = 16 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = (int)s_patience.TotalMilliseconds,
    };

    private readonly byte[] _in;
    private readonly byte[] _body;
    private int _start;
    private int _end;

    /// <param name="most">How large an answer may be, with its head.</param>
    public HttpSocket(int port, int most)
    {
        _in = new byte[most + ReadAhead];
        _body = new byte[most];
        _socket.Connect(IPAddress.Loopback, port);
    }

    public int Status { get; private set; }

    /// <summary>The header lines of the last answer.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Whether <see cref="Head"/> is kept; off while measuring.</summary>
    public bool KeepsHead { get; set; }

    public void Send(ReadOnlySpan<byte> request)
    {
        while (!request.IsEmpty)
        {
            request = request[_socket.Send(request)..];
        }
    }

    /// <summary>The body of the next answer; valid until the next call.</summary>
    public ReadOnlySpan<byte> Receive()
    {
        var head = ReadHead();
        Status = Number(head[9..12]);
        if (KeepsHead)
        {
            Head = Encoding.ASCII.GetString(head);
        }

        if (Header(head, "content-length:"u8, out var length))
        {
            return ReadExactly(Number(length));
        }

        return Header(head, "transfer-encoding:"u8, out _) ? ReadChunks() : [];
    }

    public void Dispose() => _socket.Dispose();

    private ReadOnlySpan<byte> ReadHead()
    {
        var end = Find("\r\n\r\n"u8);
        var head = _in.AsSpan(_start, end + 2);
        _start += end + 4;
        return head;
    }

    private ReadOnlySpan<byte> ReadExactly(int length)
    {
        Need(length);
        var body = _in.AsSpan(_start, length);
        _start += length;
        return body;
    }

    private ReadOnlySpan<byte> ReadChunks()
    {
        var total = 0;
        while (true)
        {
            var line = Find("\r\n"u8);
            if (!Utf8Parser.TryParse(_in.AsSpan(_start, line), out int length, out _, 'x'))
            {
                throw new InvalidDataException("Not a chunk.");
            }

            _start += line + 2;
            ReadInto(_body.AsSpan(total, length));
            ReadExactly(2);
            total += length;
            if (length == 0)
            {
                return _body.AsSpan(0, total);
            }
        }
    }

    // What is large goes where it belongs at once.
    private void ReadInto(Span<byte> place)
    {
        var ready = Math.Min(_end - _start, place.Length);
        _in.AsSpan(_start, ready).CopyTo(place);
        _start += ready;
        for (place = place[ready..]; !place.IsEmpty; place = place[Receive(place)..]) { }
    }

    private int Find(ReadOnlySpan<byte> mark)
    {
        int at;
        while ((at = _in.AsSpan(_start, _end - _start).IndexOf(mark)) < 0)
        {
            Fill();
        }

        return at;
    }

    private void Need(int length)
    {
        while (_end - _start < length)
        {
            Fill();
        }
    }

    private void Fill()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_in.Length - _end < ReadAhead)
        {
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            _end -= _start;
            _start = 0;
        }

        _end += Receive(_in.AsSpan(_end));
    }

    private int Receive(Span<byte> place) =>
        _socket.Receive(place) is var count and > 0
            ? count
            : throw new EndOfStreamException("The gateway hung up.");

    private static bool Header(
        ReadOnlySpan<byte> head,
        ReadOnlySpan<byte> name,
        out ReadOnlySpan<byte> value
    )
    {
        while (head.IndexOf((byte)'\n') is var line and >= 0)
        {
            head = head[(line + 1)..];
            if (head.Length > name.Length && Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                value = head[name.Length..head.IndexOf((byte)'\r')].Trim((byte)' ');
                return true;
            }
        }

        value = default;
        return false;
    }

    private static int Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int number, out _)
            ? number
            : throw new InvalidDataException("Not a number in an HTTP head.");
}
