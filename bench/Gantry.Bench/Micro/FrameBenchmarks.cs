using System.Buffers;
using BenchmarkDotNet.Attributes;
using Gantry.Wire;

namespace Gantry.Bench.Micro;

/// <summary>What one message costs on the path from a client to a server and back.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private static readonly byte[] s_id = "\"3.1234567\""u8.ToArray();

    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private byte[] _utf8 = [];
    private Frame? _frame;

    [Params("call", "large result")]
    public string Message { get; set; } = "";

    internal static void Run() => MicroRun.Of<FrameBenchmarks>();

    [GlobalSetup]
    public void Prepare()
    {
        _utf8 = Message is "call" ? Call() : LargeResult();
        _frame = Frame.Parse(_utf8);
    }

    /// <summary>Copies the bytes into a pooled buffer, checks them, and notes what may be replaced.</summary>
    [Benchmark]
    public int Scan()
    {
        using var frame = Frame.Parse(_utf8);
        return frame.Length;
    }

    /// <summary>Writes the frame with another id.</summary>
    [Benchmark]
    public int Splice()
    {
        _output.ResetWrittenCount();
        FrameWriter.Write(_output, _frame ?? throw new InvalidOperationException(), s_id);
        return _output.WrittenCount;
    }

    private static byte[] Call() =>
        """
        {"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello 42"},"_meta":{"progressToken":7}}}
        """u8.ToArray();

    private static byte[] LargeResult() =>
        System.Text.Encoding.UTF8.GetBytes(
            "{\"jsonrpc\":\"2.0\",\"id\":42,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\""
                + new string('x', 32 * 1024)
                + "\"}]}}"
        );
}
