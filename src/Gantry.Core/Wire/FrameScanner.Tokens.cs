using System.Text.Json;

namespace Gantry.Wire;

/// <content>
/// Token by token, noting what would take a look at every byte to find out afterwards. That the
/// reader has seen the whole message is what makes these notes complete.
/// </content>
internal ref partial struct FrameScanner
{
    private const int Quotes = 2;

    private bool Read()
    {
        var end = (int)_json.BytesConsumed;
        if (!_json.Read())
        {
            _hasSpace |= end < _utf8.Length;
            return false;
        }

        var start = (int)_json.TokenStartIndex;
        _hasSpace |= start > end && (start > end + 1 || _utf8[end] != ',');
        if (_json.TokenType is JsonTokenType.PropertyName)
        {
            // The colon belongs to the name.
            var length = _json.ValueSpan.Length + Quotes + 1;
            _hasSpace |= (int)_json.BytesConsumed > start + length;
            _hasEscapes |= _json.ValueIsEscaped;
        }
        else if (_json.TokenType is JsonTokenType.String)
        {
            _hasEscapes |= _json.ValueIsEscaped;
        }

        return true;
    }

    // To the end of the value that begins with this token.
    private void Skip()
    {
        if (_json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var depth = _json.CurrentDepth;
            while (Read() && _json.CurrentDepth > depth) { }
        }
    }

    private readonly Slot Token() =>
        new((int)_json.TokenStartIndex, (int)(_json.BytesConsumed - _json.TokenStartIndex));

    private Slot SkipValue()
    {
        var start = (int)_json.TokenStartIndex;
        Skip();
        return new(start, (int)_json.BytesConsumed - start);
    }
}
