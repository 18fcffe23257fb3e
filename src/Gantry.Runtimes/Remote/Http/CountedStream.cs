namespace Gantry.Runtimes.Remote.Http;

/// <summary>Lets bytes through, says so, and ends when too many came in one piece. Owns the
/// stream.</summary>
internal sealed class CountedStream(Stream stream, Action heard, int most) : Stream
{
    // What surrounds a message: field names, an id, and what was read ahead.
    private const int Allowance = 64 * 1024;

    private long _count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Begins the next piece.</summary>
    public void Reset() => _count = 0;

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken
    )
    {
        var read = await stream.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            heard();
        }

        _count += read;
        return _count <= (long)most + Allowance
            ? read
            : throw new OriginAnswerException(
                $"the answer is larger than {most} bytes, more than one message may have. "
                    + "Ask for less at a time."
            );
    }

    public override Task<int> ReadAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
