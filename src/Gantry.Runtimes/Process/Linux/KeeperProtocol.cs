using System.Buffers.Binary;
using System.Text;

namespace Gantry.Runtimes.Process.Linux;

/// <summary>
/// What daemon and keeper say to each other over one Unix socket pair. Commands are a length and a
/// body; the three descriptors of a start travel with its first byte. Reports have a fixed size.
/// </summary>
internal static class KeeperProtocol
{
    /// <summary>The descriptor under which the keeper finds its end of the socket pair.</summary>
    public const int Descriptor = 3;

    public const int HeaderBytes = sizeof(int);
    public const int ReportBytes = 16;

    public static byte[] Encode(KeeperCommand command)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(0);
        writer.Write((byte)command.Verb);
        writer.Write(command.Ticket);
        switch (command)
        {
            case KeeperCommand.Start start:
                writer.Write(start.File);
                writer.Write(start.Directory);
                Write(writer, start.Arguments);
                Write(writer, start.Environment);
                break;
            case KeeperCommand.Signal signal:
                writer.Write(signal.Number);
                break;
        }

        writer.Flush();
        var encoded = bytes.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(encoded, encoded.Length - HeaderBytes);
        return encoded;
    }

    public static KeeperCommand Decode(byte[] body)
    {
        using var reader = new BinaryReader(new MemoryStream(body), Encoding.UTF8);
        var verb = (KeeperVerb)reader.ReadByte();
        var ticket = reader.ReadInt64();
        return verb switch
        {
            KeeperVerb.Start => new KeeperCommand.Start(
                ticket,
                reader.ReadString(),
                reader.ReadString(),
                ReadTexts(reader),
                ReadTexts(reader)
            ),
            KeeperVerb.Signal => new KeeperCommand.Signal(ticket, reader.ReadInt32()),
            KeeperVerb.Kill => new KeeperCommand.Kill(ticket),
            _ => throw new InvalidDataException($"Unknown keeper command {verb}."),
        };
    }

    public static void Encode(KeeperReport report, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)report.Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], report.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], report.Ticket);
    }

    public static KeeperReport DecodeReport(ReadOnlySpan<byte> bytes) =>
        new(
            (KeeperReportKind)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..])
        );

    private static void Write(BinaryWriter writer, IReadOnlyList<string> texts)
    {
        writer.Write(texts.Count);
        foreach (var text in texts)
        {
            writer.Write(text);
        }
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        var texts = new string[reader.ReadInt32()];
        for (var at = 0; at < texts.Length; at++)
        {
            texts[at] = reader.ReadString();
        }

        return texts;
    }
}

internal enum KeeperVerb : byte
{
    Start = 1,
    Signal,
    Kill,
}

/// <param name="Ticket">The number that the daemon gave to this start of this server.</param>
internal abstract record KeeperCommand(KeeperVerb Verb, long Ticket)
{
    public sealed record Start(
        long Ticket,
        string File,
        string Directory,
        IReadOnlyList<string> Arguments,
        IReadOnlyList<string> Environment
    ) : KeeperCommand(KeeperVerb.Start, Ticket);

    /// <summary>Signals the process group that the server was started in.</summary>
    public sealed record Signal(long Ticket, int Number) : KeeperCommand(KeeperVerb.Signal, Ticket);

    /// <summary>Ends the server and everything that it started.</summary>
    public sealed record Kill(long Ticket) : KeeperCommand(KeeperVerb.Kill, Ticket);
}

internal enum KeeperReportKind
{
    /// <summary>The value is the process id.</summary>
    Started = 1,

    /// <summary>The value is the error number of the attempt.</summary>
    NotStarted,

    /// <summary>The server and everything that it started is gone; the value is the wait status.</summary>
    Exited,
}

internal readonly record struct KeeperReport(KeeperReportKind Kind, long Ticket, int Value);
