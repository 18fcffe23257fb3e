using System.Buffers;

namespace Gantry.Wire;

/// <summary>
/// One JSON-RPC message: its validated bytes on one line, and where in them stands what routing
/// may need or replace. What the gateway does not understand it passes on untouched.
/// </summary>
/// <remarks>
/// Owns a pooled buffer: whoever holds the frame last disposes it, and nobody reads it after that.
/// </remarks>
public sealed class Frame : IDisposable
{
    /// <summary>How deeply a message may nest: whoever reads a part of one must bear as much.</summary>
    public const int MaxDepth = 256;

    private readonly FrameLayout _layout;
    private readonly int _length;
    private byte[]? _buffer;

    private Frame(byte[] buffer, int length, in FrameLayout layout)
    {
        _buffer = buffer;
        _length = length;
        _layout = layout;
    }

    public FrameKind Kind => _layout.Kind;

    /// <summary>Whether it is a response that carries an error.</summary>
    public bool IsError => _layout.IsError;

    public ReadOnlyMemory<byte> Utf8 => Buffer.AsMemory(0, _length);

    public int Length => _length;

    /// <summary>The id as JSON text, quotes and all, so that 1 and "1" stay different.</summary>
    public Slot Id => _layout.Id;

    /// <summary>The method, with its quotes.</summary>
    public Slot Method => _layout.Method;

    /// <summary><c>params</c>, <c>result</c> or <c>error</c>: the value that the message carries.</summary>
    public Slot Body => _layout.Body;

    /// <summary>
    /// <c>params._meta.progressToken</c> of a request, <c>params.progressToken</c> of a
    /// progress notification.
    /// </summary>
    public Slot ProgressToken => _layout.ProgressToken;

    /// <summary><c>params.requestId</c> of a cancellation.</summary>
    public Slot RequestId => _layout.RequestId;

    /// <summary><c>params.name</c>: the tool or prompt, with its quotes.</summary>
    public Slot Name => _layout.Name;

    /// <summary><c>params.uri</c>: the resource, with its quotes.</summary>
    public Slot Uri => _layout.Uri;

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(Frame));

    /// <summary>Copies the bytes into a frame of its own.</summary>
    /// <exception cref="NotAFrameException">The bytes are not one JSON-RPC message.</exception>
    public static Frame Parse(ReadOnlySpan<byte> utf8)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(utf8.Length, 1));
        utf8.CopyTo(buffer);
        return Adopt(buffer, utf8.Length);
    }

    /// <summary>
    /// Makes a frame of a buffer rented from the shared pool, which it owns from now on, also when
    /// it throws.
    /// </summary>
    /// <exception cref="NotAFrameException">The bytes are not one JSON-RPC message.</exception>
    public static Frame Adopt(byte[] rented, int length)
    {
        try
        {
            var layout = FrameScanner.Scan(rented.AsSpan(0, length));
            return new(rented, length, layout);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    public ReadOnlySpan<byte> this[Slot slot] => Buffer.AsSpan(slot.Start, slot.Length);

    public ReadOnlyMemory<byte> Slice(Slot slot) => Buffer.AsMemory(slot.Start, slot.Length);

    /// <summary>Whether the method is this one, given without quotes.</summary>
    public bool IsMethod(ReadOnlySpan<byte> method) =>
        Method.Length == method.Length + 2 && this[Method][1..^1].SequenceEqual(method);

    /// <summary>The same message with another body, in the place of this one, which is
    /// disposed.</summary>
    /// <exception cref="NotAFrameException">It would not be a message.</exception>
    public Frame WithBody(ReadOnlySpan<byte> body)
    {
        using (this)
        {
            var rented = ArrayPool<byte>.Shared.Rent(_length - Body.Length + body.Length);
            Buffer.AsSpan(0, Body.Start).CopyTo(rented);
            body.CopyTo(rented.AsSpan(Body.Start));
            Buffer
                .AsSpan(Body.End, _length - Body.End)
                .CopyTo(rented.AsSpan(Body.Start + body.Length));
            return Adopt(rented, _length - Body.Length + body.Length);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Utf8.Span);
}

public enum FrameKind
{
    Request,
    Notification,
    Response,
}

/// <summary>A part of a frame's bytes; empty when the frame has no such part.</summary>
public readonly record struct Slot(int Start, int Length)
{
    public bool IsEmpty => Length == 0;

    public int End => Start + Length;
}
