using System.Buffers;
using System.Text.Json.Nodes;
using Gantry.TestServer.Stdio;

namespace Gantry.TestServer;

/// <summary>
/// Answers calls of the tools <c>echo</c> and <c>big</c> straight from their bytes, so that the
/// server is never what a benchmark measures.
/// </summary>
/// <param name="complete">Adds to a result what the era wants in it.</param>
internal sealed class FastEcho(LineOutput output, Func<JsonObject, JsonObject> complete)
{
    private readonly ArrayBufferWriter<byte> _answer = new(1024);
    private readonly byte[] _close = Close(complete);
    private byte[] _big = [];

    /// <returns>False when the line is anything else; nothing was written then.</returns>
    public bool TryAnswer(ReadOnlySpan<byte> line)
    {
        if (!QuickCall.TryParse(line, out var call))
        {
            return false;
        }

        _answer.ResetWrittenCount();
        _answer.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        _answer.Write(call.Id);
        _answer.Write(",\"result\":{\"content\":[{\"type\":\"text\",\"text\":"u8);
        _answer.Write(call.Bytes is { } bytes ? Big(bytes) : call.Text);
        _answer.Write("}]"u8);
        _answer.Write(_close);
        output.Send(_answer.WrittenSpan);
        return true;
    }

    private byte[] Big(int bytes)
    {
        if (_big.Length != bytes + 2)
        {
            _big = new byte[bytes + 2];
            Array.Fill(_big, (byte)'x');
            _big[0] = _big[^1] = (byte)'"';
        }

        return _big;
    }

    // What follows the content in each result.
    private static byte[] Close(Func<JsonObject, JsonObject> complete)
    {
        var further = complete([]).ToJsonString()[1..];
        var comma = further.Length > 1 ? "," : "";
        return System.Text.Encoding.UTF8.GetBytes($"{comma}{further}}}");
    }
}
