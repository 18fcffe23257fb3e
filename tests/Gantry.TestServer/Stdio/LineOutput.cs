using Microsoft.Win32.SafeHandles;

namespace Gantry.TestServer.Stdio;

/// <summary>Standard output: lines from any thread, written when flushed or when many.</summary>
internal sealed class LineOutput(Recorder? recorder, bool splitWrites) : IDisposable
{
    private readonly FileStream _stdout = new(
        new SafeFileHandle(1, ownsHandle: false),
        FileAccess.Write,
        bufferSize: 0
    );
    private readonly Lock _lock = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _length;
    private bool _isClosed;

    public void Send(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            recorder?.Sent(line);
            Append(line);
            Append("\n"u8);
        }
    }

    /// <summary>The beginning of a line whose end never comes.</summary>
    public void SendHalf(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            Append(line[..(line.Length / 2)]);
        }

        Flush();
    }

    public void Flush()
    {
        lock (_lock)
        {
            Write(_buffer.AsSpan(0, _length));
            _length = 0;
        }
    }

    public void Dispose()
    {
        Flush();
        _stdout.Dispose();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _length)
        {
            Flush();
        }

        if (bytes.Length > _buffer.Length)
        {
            Write(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var size = splitWrites ? 1 : int.Max(1, bytes.Length);
            for (; !_isClosed && !bytes.IsEmpty; bytes = bytes[size..])
            {
                _stdout.Write(bytes[..size]);
            }
        }
        catch (IOException)
        {
            // Whoever listened has gone; a server that is told to ignore that has to live on.
            _isClosed = true;
        }
    }
}
