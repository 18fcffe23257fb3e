using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gantry.Telemetry;

/// <summary>
/// Strings for bytes that come again and again, such as the names of tools: the same one each time,
/// without an allocation. Bounded, as names come from clients.
/// </summary>
/// <param name="limit">How many it remembers.</param>
internal sealed class KnownTexts(int limit)
{
    /// <summary>What stands for a text beyond the bound.</summary>
    public const string Other = "other";

    private readonly ConcurrentDictionary<byte[], string> _known = new(new ByBytes());

    /// <summary>The text of a JSON string, given with its quotes and without escapes.</summary>
    public string Of(ReadOnlySpan<byte> token)
    {
        var byBytes = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (byBytes.TryGetValue(token, out var text))
        {
            return text;
        }

        if (_known.Count >= limit)
        {
            return Other;
        }

        text = Encoding.UTF8.GetString(token.Trim((byte)'"'));
        byBytes.TryAdd(token, text);
        return text;
    }

    private sealed class ByBytes
        : IEqualityComparer<byte[]>,
            IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) =>
            alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
