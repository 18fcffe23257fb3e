using System.Buffers;
using System.Text.Json;
using Gantry.TestServer.Stdio;

namespace Gantry.TestServer;

/// <summary>
/// Answers a call of the tool <c>echo</c> straight from its bytes: one pass over the line, no
/// objects, so that the server is never what a benchmark measures.
/// </summary>
internal sealed class FastEcho(LineOutput output)
{
    private readonly ArrayBufferWriter<byte> _answer = new(1024);

    /// <returns>False when the line is anything else; nothing was written then.</returns>
    public bool TryAnswer(ReadOnlySpan<byte> line)
    {
        var scan = new Scan(line);
        try
        {
            if (!scan.Run())
            {
                return false;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        _answer.ResetWrittenCount();
        _answer.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        _answer.Write(scan.Id);
        _answer.Write(",\"result\":{\"content\":[{\"type\":\"text\",\"text\":"u8);
        _answer.Write(scan.Text);
        _answer.Write("}]}}"u8);
        output.Send(_answer.WrittenSpan);
        return true;
    }

    private ref struct Scan(ReadOnlySpan<byte> line)
    {
        private readonly ReadOnlySpan<byte> _line = line;
        private Utf8JsonReader _json = new(line);
        private bool _isCall;
        private bool _isEcho;

        /// <summary>As written, quotes included.</summary>
        public ReadOnlySpan<byte> Id { get; private set; }

        /// <summary>As written, quotes included.</summary>
        public ReadOnlySpan<byte> Text { get; private set; }

        public bool Run()
        {
            if (!_json.Read() || _json.TokenType is not JsonTokenType.StartObject)
            {
                return false;
            }

            while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
            {
                ReadMember();
            }

            return _isCall && _isEcho && !Id.IsEmpty && !Text.IsEmpty;
        }

        private void ReadMember()
        {
            if (_json.ValueTextEquals("id"u8))
            {
                _json.Read();
                Id = Token();
            }
            else if (_json.ValueTextEquals("method"u8))
            {
                _json.Read();
                _isCall = _json.ValueTextEquals("tools/call"u8);
            }
            else if (_json.ValueTextEquals("params"u8))
            {
                ReadParams();
            }
            else
            {
                SkipValue();
            }
        }

        private void ReadParams()
        {
            _json.Read();
            while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
            {
                if (_json.ValueTextEquals("name"u8))
                {
                    _json.Read();
                    _isEcho = _json.ValueTextEquals("echo"u8);
                }
                else if (_json.ValueTextEquals("arguments"u8))
                {
                    ReadArguments();
                }
                else
                {
                    SkipValue();
                }
            }
        }

        private void ReadArguments()
        {
            _json.Read();
            while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
            {
                if (_json.ValueTextEquals("text"u8))
                {
                    _json.Read();
                    Text = _json.TokenType is JsonTokenType.String ? Token() : default;
                }
                else
                {
                    SkipValue();
                }
            }
        }

        private void SkipValue()
        {
            _json.Read();
            _json.Skip();
        }

        private readonly ReadOnlySpan<byte> Token() =>
            _line[(int)_json.TokenStartIndex..(int)_json.BytesConsumed];
    }
}
