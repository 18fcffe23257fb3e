using System.Buffers.Text;
using System.Text.Json;

namespace Gantry.TestServer;

/// <summary>A call of the tool <c>echo</c> or <c>big</c>, as it stands in the bytes of its request:
/// one pass, no objects.</summary>
internal ref struct QuickCall
{
    private readonly ReadOnlySpan<byte> _line;
    private Utf8JsonReader _json;
    private bool _isCall;

    private QuickCall(ReadOnlySpan<byte> line)
    {
        _line = line;
        _json = new(line);
    }

    /// <summary>As written, quotes included.</summary>
    public ReadOnlySpan<byte> Id { get; private set; }

    /// <summary>As written, quotes included; empty unless it is to be echoed.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>How long the text is to be; null unless a big one is wanted.</summary>
    public int? Bytes { get; private set; }

    /// <returns>False when it is anything else.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out QuickCall call)
    {
        call = new(line);
        try
        {
            return call.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool Read()
    {
        if (!_json.Read() || _json.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            ReadMember();
        }

        return _isCall && !Id.IsEmpty && (!Text.IsEmpty || Bytes is not null);
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
        var isEcho = false;
        var isBig = false;
        _json.Read();
        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("name"u8))
            {
                _json.Read();
                isEcho = _json.ValueTextEquals("echo"u8);
                isBig = _json.ValueTextEquals("big"u8);
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

        Text = isEcho ? Text : default;
        Bytes = isBig ? Bytes : null;
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
            else if (_json.ValueTextEquals("bytes"u8))
            {
                _json.Read();
                Bytes = Number();
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

    private readonly int? Number() =>
        _json.TokenType is JsonTokenType.Number
        && Utf8Parser.TryParse(Token(), out int number, out _)
            ? number
            : null;

    private readonly ReadOnlySpan<byte> Token() =>
        _line[(int)_json.TokenStartIndex..(int)_json.BytesConsumed];
}
