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
    private Splice[] _splices = [];

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

    /// <summary><c>_meta</c> of params or result, when it is an object.</summary>
    public Slot Meta => _layout.Meta;

    /// <summary><c>params._meta</c>'s reserved <c>protocolVersion</c>, with its quotes.</summary>
    public Slot ProtocolVersion => _layout.ProtocolVersion;

    /// <summary><c>params._meta</c>'s reserved <c>clientCapabilities</c>.</summary>
    public Slot ClientCapabilities => _layout.ClientCapabilities;

    /// <summary><c>params._meta</c>'s reserved <c>clientInfo</c>.</summary>
    public Slot ClientInfo => _layout.ClientInfo;

    /// <summary><c>params._meta</c>'s reserved <c>logLevel</c>, with its quotes.</summary>
    public Slot LogLevel => _layout.LogLevel;

    /// <summary>Whether it asks, as it will be written, for what its server logs meanwhile.</summary>
    public bool AsksForLogs
    {
        get
        {
            foreach (var splice in _splices)
            {
                if (splice.With.Span.IndexOf(MetaKey.LogLevel) >= 0)
                {
                    return true;
                }
            }

            return !LogLevel.IsEmpty;
        }
    }

    /// <summary>The reserved <c>subscriptionId</c> in <c>_meta</c> of params or result.</summary>
    public Slot SubscriptionId => _layout.SubscriptionId;

    /// <summary><c>params.inputResponses</c>.</summary>
    public Slot InputResponses => _layout.InputResponses;

    /// <summary><c>params.requestState</c>.</summary>
    public Slot RequestState => _layout.RequestState;

    /// <summary><c>result.resultType</c>, with its key.</summary>
    public Slot ResultType => _layout.ResultType;

    /// <summary><c>result.ttlMs</c>, with its key.</summary>
    public Slot TtlMs => _layout.TtlMs;

    /// <summary><c>result.cacheScope</c>, with its key.</summary>
    public Slot CacheScope => _layout.CacheScope;

    /// <summary>Whether it is a result that says that the client must answer something first.</summary>
    public bool RequiresInput => this[ResultType].EndsWith("\"input_required\""u8);

    /// <summary>What to write instead of its bytes, in their order.</summary>
    internal ReadOnlySpan<Splice> Splices => _splices;

    /// <summary>Whether it speaks already as its client does, so that no name in it is to be
    /// mapped once more.</summary>
    public bool IsTranslated { get; private set; }

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

    /// <summary>What <see cref="FrameWriter"/> writes at a slot: what it was told to write instead,
    /// or what stands there.</summary>
    public ReadOnlySpan<byte> Written(Slot slot)
    {
        foreach (var splice in _splices)
        {
            if (splice.Slot == slot)
            {
                return splice.With.Span;
            }
        }

        return this[slot];
    }

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

    /// <summary>
    /// From now on <see cref="FrameWriter"/> writes this in place of the slot; an empty slot is an
    /// insertion. For whoever owns the frame, before it is written. No two may overlap, nor may one
    /// overlap the id, progress token or request id.
    /// </summary>
    public void Splice(Slot slot, ReadOnlyMemory<byte> with)
    {
        var at = _splices.Length;
        while (at > 0 && IsBefore(slot, _splices[at - 1].Slot))
        {
            at--;
        }

        _splices = [.. _splices[..at], new(slot, with), .. _splices[at..]];
    }

    // What is put in stands before what is taken out at the same place.
    private static bool IsBefore(Slot one, Slot other) =>
        one.Start < other.Start || (one.Start == other.Start && one.IsEmpty && !other.IsEmpty);

    /// <summary>From now on <see cref="IsTranslated"/>.</summary>
    public Frame AsTranslated()
    {
        IsTranslated = true;
        return this;
    }

    /// <summary>Takes back what <see cref="Splice"/> was told.</summary>
    public void Unsplice() => _splices = [];

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

/// <summary>A part of a frame's bytes, and what to write instead of it.</summary>
public readonly record struct Splice(Slot Slot, ReadOnlyMemory<byte> With);

/// <summary>A part of a frame's bytes; empty when the frame has no such part.</summary>
public readonly record struct Slot(int Start, int Length)
{
    public bool IsEmpty => Length == 0;

    public int End => Start + Length;
}
