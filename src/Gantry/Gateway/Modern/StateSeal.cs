using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gantry.Gateway.Modern;

/// <summary>
/// Makes the state that a client gets in place of an answer, and brings back with it: only this
/// gateway can read it, and only for the caller that it was made for.
/// </summary>
// A cipher is made for each state: one cannot be used by two threads at a time.
internal sealed class StateSeal
{
    private const string Prefix = "gantry1.";
    private const int TicketBytes = 16;
    private const int TimeBytes = 8;
    private const int BodyBytes = TicketBytes + TimeBytes;

    private readonly byte[] _key = new byte[32];

    /// <param name="installationKey">The secret of this installation, from which the seal's own key
    /// is made.</param>
    public StateSeal(ReadOnlySpan<byte> installationKey)
    {
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            installationKey,
            _key,
            salt: default,
            "gantry request state 1"u8
        );
    }

    /// <summary>For whoever keeps no secret: what it seals ends with the process.</summary>
    public static StateSeal Fleeting() => new(RandomNumberGenerator.GetBytes(32));

    /// <param name="caller">On whose behalf, and at which server.</param>
    public string Seal(Guid ticket, DateTimeOffset until, string caller)
    {
        Span<byte> body = stackalloc byte[BodyBytes];
        ticket.TryWriteBytes(body);
        BinaryPrimitives.WriteInt64BigEndian(body[TicketBytes..], until.ToUnixTimeMilliseconds());
        Span<byte> sealedBytes = stackalloc byte[NonceBytes + BodyBytes + TagBytes];
        var nonce = sealedBytes[..NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(
            nonce,
            body,
            sealedBytes.Slice(NonceBytes, BodyBytes),
            sealedBytes[^TagBytes..],
            Encoding.UTF8.GetBytes(caller)
        );
        return Prefix + Base64Url.EncodeToString(sealedBytes);
    }

    /// <summary>The ticket; null when it was not sealed here, or not for this caller, or is too old.</summary>
    public Guid? Open(string state, string caller, DateTimeOffset now)
    {
        Span<byte> sealedBytes = stackalloc byte[NonceBytes + BodyBytes + TagBytes];
        if (
            !state.StartsWith(Prefix, StringComparison.Ordinal)
            || !TryDecode(state.AsSpan(Prefix.Length), sealedBytes)
        )
        {
            return null;
        }

        Span<byte> body = stackalloc byte[BodyBytes];
        return
            TryDecrypt(sealedBytes, body, caller)
            && BinaryPrimitives.ReadInt64BigEndian(body[TicketBytes..])
                >= now.ToUnixTimeMilliseconds()
            ? new(body[..TicketBytes])
            : null;
    }

    // What is called trying throws when bits are set that no letter uses.
    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> sealedBytes) =>
        Base64Url.DecodeFromChars(text, sealedBytes, out _, out var length) is OperationStatus.Done
        && length == sealedBytes.Length;

    private static int NonceBytes => AesGcm.NonceByteSizes.MaxSize;

    private static int TagBytes => AesGcm.TagByteSizes.MaxSize;

    private bool TryDecrypt(ReadOnlySpan<byte> sealedBytes, Span<byte> body, string caller)
    {
        using var cipher = new AesGcm(_key, TagBytes);
        try
        {
            cipher.Decrypt(
                sealedBytes[..NonceBytes],
                sealedBytes.Slice(NonceBytes, BodyBytes),
                sealedBytes[^TagBytes..],
                body,
                Encoding.UTF8.GetBytes(caller)
            );
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
