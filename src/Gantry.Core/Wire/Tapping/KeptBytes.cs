using System.Buffers;

namespace Gantry.Wire;

/// <summary>Keeps the first bytes of what is written, and forgets the others.</summary>
internal sealed class KeptBytes(int limit) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _kept = new();
    private byte[] _rest = [];
    private bool _isRest;

    public ReadOnlyMemory<byte> Utf8 => _kept.WrittenMemory[..Math.Min(limit, _kept.WrittenCount)];

    public void Advance(int count)
    {
        if (!_isRest)
        {
            _kept.Advance(count);
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _isRest = _kept.WrittenCount >= limit;
        return _isRest ? Rest(sizeHint) : _kept.GetMemory(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private byte[] Rest(int sizeHint)
    {
        if (_rest.Length < Math.Max(sizeHint, 1))
        {
            _rest = new byte[Math.Max(sizeHint, 4096)];
        }

        return _rest;
    }
}
