using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gantry.Gateway.Replicas;

/// <summary>One of several Gantry processes that share a secret.</summary>
/// <param name="Url">Where the others reach it: scheme, host and port.</param>
/// <param name="Run">Differs with each start, as all that it kept ends with it.</param>
internal sealed record Replica(Uri Url, ulong Run)
{
    private const int RunBytes = sizeof(ulong);

    public static ulong NewRun() =>
        BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(RunBytes));

    public byte[] Write()
    {
        var bytes = new byte[RunBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Run);
        return [.. bytes, .. Encoding.UTF8.GetBytes(Url.GetLeftPart(UriPartial.Authority))];
    }

    /// <param name="bytes">From a seal of ours only: requests go where they say.</param>
    public static Replica? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length > RunBytes
        && Uri.TryCreate(Encoding.UTF8.GetString(bytes[RunBytes..]), UriKind.Absolute, out var url)
            ? new(url, BinaryPrimitives.ReadUInt64BigEndian(bytes))
            : null;
}
