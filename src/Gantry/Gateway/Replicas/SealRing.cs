using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Gantry.Gateway.Replicas;

/// <summary>
/// Seals short texts, so that nobody without one of its secrets can read, make or change them: the
/// first secret seals, and each of them opens.
/// </summary>
// A cipher is made for each text: one cannot be used by two threads at a time, and texts are few.
internal sealed class SealRing
{
    private const byte Form = 1;
    private const int KeyBytes = 32;
    private const int NameBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + NameBytes;
    private const int FrameBytes = HeadBytes + NonceBytes + TagBytes;

    /// <summary>What is longer was not sealed here.</summary>
    private const int MaxText = 1_024;

    private readonly ImmutableArray<SealKey> _keys;

    /// <param name="secrets">At least one.</param>
    public SealRing(IEnumerable<byte[]> secrets) => _keys = [.. secrets.Select(SealKey.Of)];

    /// <param name="context">What must be said again to open it.</param>
    public string Seal(ReadOnlySpan<byte> body, ReadOnlySpan<byte> context)
    {
        var key = _keys[0];
        var text = new byte[FrameBytes + body.Length].AsSpan();
        text[0] = Form;
        key.Name.CopyTo(text[1..]);
        var nonce = text.Slice(HeadBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key.Value, TagBytes);
        var middle = text.Slice(HeadBytes + NonceBytes, body.Length);
        cipher.Encrypt(nonce, body, middle, text[^TagBytes..], context);
        return Base64Url.EncodeToString(text);
    }

    /// <summary>What was sealed; null when it was not sealed here, or in another context.</summary>
    public byte[]? Open(ReadOnlySpan<char> text, ReadOnlySpan<byte> context)
    {
        if (text.Length > MaxText || !Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        return bytes.Length >= FrameBytes && bytes[0] == Form ? Open(bytes, context) : null;
    }

    private byte[]? Open(ReadOnlySpan<byte> text, ReadOnlySpan<byte> context)
    {
        foreach (var key in _keys)
        {
            if (text.Slice(1, NameBytes).SequenceEqual(key.Name))
            {
                return Open(key, text, context);
            }
        }

        return null;
    }

    private static byte[]? Open(SealKey key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> context)
    {
        var body = new byte[text.Length - FrameBytes];
        using var cipher = new AesGcm(key.Value, TagBytes);
        try
        {
            cipher.Decrypt(
                text.Slice(HeadBytes, NonceBytes),
                text.Slice(HeadBytes + NonceBytes, body.Length),
                text[^TagBytes..],
                body,
                context
            );
            return body;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <param name="Name">Tells it from the others, and gives nothing away.</param>
    private sealed record SealKey(byte[] Value, byte[] Name)
    {
        public static SealKey Of(byte[] secret)
        {
            var derived = HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                secret,
                KeyBytes + NameBytes,
                info: [.. "gantry replicas 1"u8]
            );
            return new(derived[..KeyBytes], derived[KeyBytes..]);
        }
    }
}
