using System.Buffers;

namespace Gantry.Runtimes.Stdio;

/// <summary>
/// Splits a stream into lines without copying them. A line that is too long is passed over, and
/// only its beginning and end are kept. Owns the stream.
/// </summary>
/// <param name="widen">Called once, when a line turns out to be large.</param>
public sealed class LineReader(Stream stream, int maxLine, Action? widen = null) : IDisposable
{
    private const int FirstSize = 16 * 1024;

    /// <summary>Above this an empty buffer is given back: one huge answer is no reason to keep it.</summary>
    private const int LargestKept = 256 * 1024;

    /// <summary>A line that is no longer may be an ordinary message.</summary>
    private const int Large = 64 * 1024;
    private const int KeptOfTooLong = 512;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;
    private int _scanned;
    private readonly IdFinder _ids = new();
    private int _fed;
    private bool _isTooLong;
    private Action? _widen = widen;

    // Who writes one large line writes more of about its size: the buffer of the next one grows to
    // it at once.
    private int _lastLarge;

    /// <summary>Waits for more bytes; false at the end of the stream and when cancelled.</summary>
    public async ValueTask<bool> TryFillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        try
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read;
            return read > 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>
    /// The next whole line, without its end; valid until the next call of
    /// <see cref="TryFillAsync"/>.
    /// </summary>
    public bool TryTake(out Line line)
    {
        var at = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
        if (at < 0)
        {
            _scanned = _end;
            line = default;
            return false;
        }

        var end = _scanned + at;
        line =
            _isTooLong || end - _start > maxLine ? TakeTooLong(end)
            : end > LargestKept && _start == 0 ? TakeWithBuffer(end)
            : new(_buffer.AsSpan(_start, end - _start));
        if (line.Rented is null)
        {
            _start = end + 1;
            _scanned = _start;
        }

        return true;
    }

    /// <summary>What came after the last line end, once the stream has ended.</summary>
    public Line Rest() =>
        _isTooLong ? TakeTooLong(_end) : new(_buffer.AsSpan(_start, _end - _start));

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        stream.Dispose();
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            Shrink();
        }
        else if (_end - _start > maxLine)
        {
            PassOver();
        }
        else if (_end == _buffer.Length)
        {
            Move();
        }
    }

    private void Shrink()
    {
        _start = _end = _scanned = 0;
        if (_buffer.Length > LargestKept)
        {
            Replace(FirstSize);
        }
    }

    private void PassOver()
    {
        _ids.Feed(_buffer.AsSpan(_start + _fed, _end - _start - _fed));
        var ends = Ends(_buffer.AsSpan(_start, _end - _start));
        ends.CopyTo(_buffer);
        _start = 0;
        _end = _scanned = _fed = ends.Length;
        _isTooLong = true;
    }

    private Line TakeTooLong(int end)
    {
        var line = _buffer.AsSpan(_start, end - _start);
        _ids.Feed(line[_fed..]);
        var id = _ids.Id;
        _ids.Reset();
        _fed = 0;
        _isTooLong = false;
        return new(line.Length > 2 * KeptOfTooLong ? Ends(line) : line)
        {
            IsTooLong = true,
            Id = id,
        };
    }

    // The line keeps the buffer, and what follows it moves into a new one.
    private Line TakeWithBuffer(int end)
    {
        var rented = _buffer;
        _lastLarge = rented.Length;
        var rest = rented.AsSpan(end + 1, _end - end - 1);
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, rest.Length));
        rest.CopyTo(_buffer);
        _end = rest.Length;
        _start = _scanned = 0;
        return new(rented.AsSpan(0, end)) { Rented = rented };
    }

    // Pushed together in place; the middle is nobody's any more.
    private static Span<byte> Ends(Span<byte> line)
    {
        line[^KeptOfTooLong..].CopyTo(line[KeptOfTooLong..]);
        return line[..(2 * KeptOfTooLong)];
    }

    private void Move()
    {
        if (_start < _buffer.Length / 2)
        {
            Grow();
            return;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        Shift();
    }

    private void Grow()
    {
        if (_buffer.Length < Large)
        {
            Replace(_buffer.Length * 2);
            return;
        }

        _widen?.Invoke();
        _widen = null;
        Replace(Math.Max(_buffer.Length * 2, _lastLarge));
    }

    private void Replace(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        Shift();
    }

    private void Shift()
    {
        _scanned -= _start;
        _end -= _start;
        _start = 0;
    }
}

public readonly ref struct Line(ReadOnlySpan<byte> utf8)
{
    public ReadOnlySpan<byte> Utf8 { get; } = utf8;

    /// <summary>Only the beginning and the end are here.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>The id of a message that is too long, as JSON text; empty when it has none.</summary>
    public ReadOnlySpan<byte> Id { get; init; }

    /// <summary>The buffer that begins with the line and is now the taker's; null when the line is
    /// only lent.</summary>
    public byte[]? Rented { get; init; }
}
