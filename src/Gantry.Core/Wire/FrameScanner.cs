using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Gantry.Wire;

/// <summary>What <see cref="FrameScanner"/> found in a message.</summary>
internal struct FrameLayout
{
    public FrameKind Kind;
    public bool IsError;
    public Slot Id;
    public Slot Method;
    public Slot Body;
    public Slot ProgressToken;
    public Slot RequestId;
    public Slot Name;
    public Slot Uri;
    public Slot Meta;
    public Slot ProtocolVersion;
    public Slot ClientCapabilities;
    public Slot ClientInfo;
    public Slot LogLevel;
    public Slot SubscriptionId;
    public Slot InputResponses;
    public Slot RequestState;
    public Slot ResultType;
    public Slot TtlMs;
    public Slot CacheScope;
}

/// <summary>
/// Reads a message once, without making objects of it: checks that it is one JSON-RPC message and
/// notes where the few values stand that routing needs.
/// </summary>
/// <remarks>
/// Two readers may disagree about a message with a key twice, or spread over lines, and what one of
/// them checked the other would not see. Neither enters: keys that matter may occur once and in one
/// spelling, raw line breaks, which JSON allows only between tokens, become spaces, an escaped
/// method is written plainly, and half of a surrogate pair becomes the replacement character.
/// </remarks>
internal ref partial struct FrameScanner
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = Frame.MaxDepth };
    private static readonly SearchValues<byte> s_lineBreaks = SearchValues.Create("\r\n"u8);

    private readonly ReadOnlySpan<byte> _utf8;
    private Utf8JsonReader _json;
    private FrameLayout _layout;
    private Slot _metaToken;
    private bool _isVersioned;
    private bool _hasParams;
    private bool _hasResult;
    private bool _hasError;
    private bool _hasNullId;
    private bool _hasEscapedMethod;
    private bool _hasEscapes;
    private bool _hasSpace;

    private FrameScanner(ReadOnlySpan<byte> utf8)
    {
        _utf8 = utf8;
        _json = new(utf8, s_options);
    }

    /// <exception cref="NotAFrameException">The bytes are not one JSON-RPC message.</exception>
    public static FrameLayout Scan(Span<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new NotAFrameException("Not a JSON-RPC message: not UTF-8.", isJson: false);
        }

        var scanner = new FrameScanner(utf8);
        try
        {
            scanner.ReadMessage();
            if (scanner._hasEscapedMethod)
            {
                scanner._layout.Method = PlainMethod.Write(utf8, scanner._layout.Method);
            }
        }
        // The reader throws the latter for half a surrogate pair, escaped.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new NotAFrameException(
                "Not a JSON-RPC message: not JSON.",
                isJson: false,
                exception
            );
        }

        if (scanner._hasEscapes)
        {
            HalfPairs.Replace(utf8, in scanner._layout);
        }

        if (scanner._hasSpace)
        {
            ReplaceLineBreaks(utf8);
        }

        return scanner._layout;
    }

    private static void ReplaceLineBreaks(Span<byte> utf8)
    {
        while (utf8.IndexOfAny(s_lineBreaks) is var at and >= 0)
        {
            utf8[at] = (byte)' ';
            utf8 = utf8[(at + 1)..];
        }
    }

    private void ReadMessage()
    {
        Expect(Read() && _json.TokenType is JsonTokenType.StartObject, "not an object");
        while (Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            ReadMember();
        }

        Expect(!Read(), "something follows the object");
        Classify();
    }

    private void ReadMember()
    {
        if (_json.ValueTextEquals("jsonrpc"u8))
        {
            Once(ref _isVersioned, "'jsonrpc' occurs twice");
            Read();
            Expect(
                _json.TokenType is JsonTokenType.String && _json.ValueTextEquals("2.0"u8),
                "'jsonrpc' is not \"2.0\""
            );
        }
        else if (_json.ValueTextEquals("id"u8))
        {
            Expect(_layout.Id.IsEmpty && !_hasNullId, "'id' occurs twice");
            Read();
            ReadId();
        }
        else if (_json.ValueTextEquals("method"u8))
        {
            Expect(_layout.Method.IsEmpty, "'method' occurs twice");
            Read();
            ReadMethod();
        }
        else if (_json.ValueTextEquals("params"u8))
        {
            Once(ref _hasParams, "'params' occurs twice");
            Read();
            _layout.Body = ReadParams();
        }
        else
        {
            ReadAnswer();
        }
    }

    private void ReadAnswer()
    {
        if (_json.ValueTextEquals("result"u8))
        {
            Once(ref _hasResult, "'result' occurs twice");
            Read();
            _layout.Body = ReadResult();
        }
        else if (_json.ValueTextEquals("error"u8))
        {
            Once(ref _hasError, "'error' occurs twice");
            Read();
            _layout.Body = SkipValue();
        }
        else
        {
            Expect(!Disguise.InMessage(in _json), "a key is spelled like one that matters");
            Read();
            Skip();
        }
    }

    private void ReadId()
    {
        _hasNullId = _json.TokenType is JsonTokenType.Null;
        if (!_hasNullId)
        {
            Expect(
                _json.TokenType is JsonTokenType.String or JsonTokenType.Number,
                "'id' is neither a string nor a number"
            );
            _layout.Id = Token();
        }
    }

    private void ReadMethod()
    {
        Expect(_json.TokenType is JsonTokenType.String, "'method' is not a string");
        _layout.Method = Token();
        _hasEscapedMethod = _json.ValueIsEscaped;
    }

    private Slot ReadParams()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            return SkipValue();
        }

        var hasMeta = false;
        while (Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            ReadParam(ref hasMeta);
        }

        return new(start, (int)_json.BytesConsumed - start);
    }

    private void ReadParam(ref bool hasMeta)
    {
        if (_json.ValueTextEquals("name"u8))
        {
            ReadOnce(ref _layout.Name, "'params.name' occurs twice");
        }
        else if (_json.ValueTextEquals("_meta"u8))
        {
            Once(ref hasMeta, "'params._meta' occurs twice");
            Read();
            _layout.Meta = ReadMeta();
        }
        else if (_json.ValueTextEquals("uri"u8))
        {
            ReadOnce(ref _layout.Uri, "'params.uri' occurs twice");
        }
        else if (_json.ValueTextEquals("requestId"u8))
        {
            ReadOnce(ref _layout.RequestId, "'params.requestId' occurs twice");
        }
        else if (_json.ValueTextEquals("progressToken"u8))
        {
            ReadOnce(ref _layout.ProgressToken, "'params.progressToken' occurs twice");
        }
        else if (_json.ValueTextEquals("inputResponses"u8))
        {
            ReadOnce(ref _layout.InputResponses, "'params.inputResponses' occurs twice");
        }
        else if (_json.ValueTextEquals("requestState"u8))
        {
            ReadOnce(ref _layout.RequestState, "'params.requestState' occurs twice");
        }
        else
        {
            Expect(!Disguise.InParams(in _json), "a parameter is spelled like one that matters");
            Read();
            Skip();
        }
    }

    // Only strings and numbers can be of use to routing; anything else is the server's to judge,
    // and it too may occur only once.
    private void ReadOnce(ref Slot slot, string otherwise)
    {
        Expect(slot.IsEmpty, otherwise);
        Read();
        slot = SkipValue();
    }

    private static void Once(ref bool seen, string otherwise)
    {
        Expect(!seen, otherwise);
        seen = true;
    }

    private void Classify()
    {
        var answers = _hasResult || _hasError;
        var asks = !_layout.Method.IsEmpty;
        Expect(_isVersioned, "no 'jsonrpc'");
        Expect(asks || answers, "no method, result or error");
        Expect(!(asks && answers), "both a method and an answer");
        Expect(!(_hasResult && _hasError), "both a result and an error");
        Expect(!(answers && _hasParams), "both params and an answer");
        Expect(!(asks && _hasNullId), "a request whose id is null");
        Expect(asks || _hasError || !_layout.Id.IsEmpty, "a result without id");
        _layout.IsError = _hasError;
        _layout.Kind =
            answers ? FrameKind.Response
            : _layout.Id.IsEmpty ? FrameKind.Notification
            : FrameKind.Request;
        if (_layout.Kind is FrameKind.Request)
        {
            // What a request calls so outside its _meta is the server's own parameter.
            _layout.ProgressToken = _metaToken;
            _layout.RequestId = default;
        }
    }

    private static void Expect([DoesNotReturnIf(false)] bool condition, string otherwise)
    {
        if (!condition)
        {
            Refuse(otherwise);
        }
    }

    [DoesNotReturn]
    private static void Refuse(string why) =>
        throw new NotAFrameException($"Not a JSON-RPC message: {why}.", isJson: true);
}
