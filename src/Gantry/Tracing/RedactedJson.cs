using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gantry.Config;
using Gantry.Wire;

namespace Gantry.Tracing;

/// <summary>
/// Copies JSON token by token, hiding values, until its budget is spent or the bytes end; then
/// closes what is open, so that the copy is JSON in any case.
/// </summary>
internal sealed class RedactedJson : IDisposable
{
    /// <summary>What stands where something was left out.</summary>
    public const string Cut = "...";

    // A text is left out as a whole when less than this could be shown of it.
    private const int MinShown = 16;

    // One more than a message may have, for what a budget makes of it.
    private static readonly JsonReaderOptions s_reading = new() { MaxDepth = Frame.MaxDepth };
    private static readonly JsonWriterOptions s_writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Frame.MaxDepth + 1,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Stack<bool> _openObjects = new();
    private readonly Func<string, string> _hide;
    private readonly int _budget;
    private readonly Utf8JsonWriter _json;
    private string? _name;
    private int _hidden;
    private bool _isCut;

    public RedactedJson(Func<string, string> hide, int budget)
    {
        _hide = hide;
        _budget = budget;
        _json = new(_output, s_writing);
    }

    private bool HasWritten => _json.BytesCommitted + _json.BytesPending > 0;

    private long Left => _budget - _json.BytesCommitted - _json.BytesPending;

    public void Copy(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, isFinalBlock: false, new(s_reading));
        var isWhole = TryCopy(ref reader);
        if (!isWhole)
        {
            Close();
        }

        _json.Flush();
    }

    public Redacted ToRedacted() => new(_output.WrittenMemory, _hidden, _isCut);

    public void Dispose() => _json.Dispose();

    private bool TryCopy(ref Utf8JsonReader reader)
    {
        try
        {
            while (Left > 0 && reader.Read())
            {
                if (!TryCopyToken(ref reader))
                {
                    return false;
                }
            }
        }
        catch (JsonException)
        {
            // What comes now is no JSON; what came so far is kept.
            return false;
        }

        return _openObjects.Count == 0 && HasWritten;
    }

    private bool TryCopyToken(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _name = TextOf(in reader);
                return !IsSensitive(_name) || TryHideValue(ref reader);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Open(reader.TokenType is JsonTokenType.StartObject);
                return true;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                CloseOne();
                return true;
            case JsonTokenType.String:
                CopyText(in reader);
                return true;
            default:
                CopyPlain(in reader);
                return true;
        }
    }

    // A name that is no text cannot be judged.
    private static bool IsSensitive(string? name) => name is null || SensitiveKeys.Covers(name);

    private bool TryHideValue(ref Utf8JsonReader reader)
    {
        var isThere = reader.Read() && reader.TrySkip();
        if (isThere && reader.TokenType is JsonTokenType.Null)
        {
            WriteName();
            _json.WriteNullValue();
        }
        else
        {
            WriteHidden();
        }

        return isThere;
    }

    private void Open(bool isObject)
    {
        WriteName();
        _openObjects.Push(isObject);
        if (isObject)
        {
            _json.WriteStartObject();
        }
        else
        {
            _json.WriteStartArray();
        }
    }

    private void CloseOne()
    {
        if (_openObjects.Pop())
        {
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteEndArray();
        }
    }

    private void CopyText(in Utf8JsonReader reader)
    {
        if (TextOf(in reader) is not { } text)
        {
            WriteHidden();
            return;
        }

        var hidden = _hide(text);
        _hidden += ReferenceEquals(hidden, text) || hidden == text ? 0 : 1;
        WriteName();
        _json.WriteStringValue(Shorten(hidden));
    }

    // Half a surrogate pair may be written as an escape: JSON, but no text.
    private static string? TextOf(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private string Shorten(string text)
    {
        if (text.Length <= Left)
        {
            return text;
        }

        _isCut = true;
        var length = (int)Math.Max(Left, MinShown);
        return text.Length <= length ? text
            : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] + Cut
            : text[..length] + Cut;
    }

    private void CopyPlain(in Utf8JsonReader reader)
    {
        var text = Encoding.ASCII.GetString(reader.ValueSpan);
        if (text.Length >= SecretTexts.MinLength && _hide(text) != text)
        {
            WriteHidden();
            return;
        }

        WriteName();
        _json.WriteRawValue(text, skipInputValidation: true);
    }

    private void WriteHidden()
    {
        _hidden++;
        WriteName();
        _json.WriteStringValue(SecretTexts.Hidden);
    }

    private void WriteName()
    {
        if (_openObjects.TryPeek(out var isObject) && isObject)
        {
            _json.WritePropertyName(_name is null ? SecretTexts.Hidden : _hide(_name));
        }

        _name = null;
    }

    private void Close()
    {
        _isCut = true;
        if (_openObjects.Count == 0 && HasWritten)
        {
            return;
        }

        _name = Cut;
        WriteName();
        _json.WriteStringValue(Cut);
        while (_openObjects.Count > 0)
        {
            CloseOne();
        }
    }
}
