using Microsoft.Win32.SafeHandles;

namespace Gantry.TestServer.Stdio;

/// <summary>Standard input, line by line. Flushes the output whenever it has to wait.</summary>
internal sealed class LineInput(Recorder? recorder, LineOutput output) : IDisposable
{
    private readonly FileStream _stdin = new(
        new SafeFileHandle(0, ownsHandle: false),
        FileAccess.Read,
        bufferSize: 0
    );
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _searched;
    private int _end;

    /// <param name="line">Without its end; valid until the next call.</param>
    /// <returns>False at the end of the input; a last line without end is dropped.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_start, _searched + length - _start);
                _start = _searched = _searched + length + 1;
                recorder?.Received(line);
                return true;
            }

            _searched = _end;
            if (!TryFill())
            {
                line = default;
                return false;
            }
        }
    }

    public void Dispose() => _stdin.Dispose();

    private bool TryFill()
    {
        MakeRoom();
        output.Flush();
        var count = _stdin.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        return count > 0;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
