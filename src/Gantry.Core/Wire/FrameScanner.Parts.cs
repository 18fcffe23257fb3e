using System.Text.Json;

namespace Gantry.Wire;

/// <content>What it looks for within <c>_meta</c> and <c>result</c>.</content>
internal ref partial struct FrameScanner
{
    private Slot ReadMeta()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            Skip();
            return default;
        }

        while (Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("progressToken"u8))
            {
                ReadOnce(ref _metaToken, "'params._meta.progressToken' occurs twice");
            }
            else if (!ReadReserved())
            {
                Expect(
                    !Disguise.InMeta(in _json),
                    "a '_meta' key is spelled like one that matters"
                );
                Read();
                Skip();
            }
        }

        return new(start, (int)_json.BytesConsumed - start);
    }

    private bool ReadReserved()
    {
        if (_json.ValueTextEquals(MetaKey.ProtocolVersion))
        {
            ReadOnce(ref _layout.ProtocolVersion, "'protocolVersion' occurs twice");
        }
        else if (_json.ValueTextEquals(MetaKey.ClientCapabilities))
        {
            ReadOnce(ref _layout.ClientCapabilities, "'clientCapabilities' occurs twice");
        }
        else if (_json.ValueTextEquals(MetaKey.ClientInfo))
        {
            ReadOnce(ref _layout.ClientInfo, "'clientInfo' occurs twice");
        }
        else if (_json.ValueTextEquals(MetaKey.LogLevel))
        {
            ReadOnce(ref _layout.LogLevel, "'logLevel' occurs twice");
        }
        else if (_json.ValueTextEquals(MetaKey.SubscriptionId))
        {
            ReadOnce(ref _layout.SubscriptionId, "'subscriptionId' occurs twice");
        }
        else
        {
            return false;
        }

        return true;
    }

    private Slot ReadResult()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            return SkipValue();
        }

        while (Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            ReadResultMember();
        }

        return new(start, (int)_json.BytesConsumed - start);
    }

    // Of a key that occurs twice the last counts, as for most readers: what a server answers
    // passes no check.
    private void ReadResultMember()
    {
        if (_json.ValueTextEquals("_meta"u8))
        {
            Read();
            _layout.Meta = ReadResultMeta();
        }
        else if (_json.ValueTextEquals("resultType"u8))
        {
            _layout.ResultType = ReadMember((int)_json.TokenStartIndex);
        }
        else if (_json.ValueTextEquals("ttlMs"u8))
        {
            _layout.TtlMs = ReadMember((int)_json.TokenStartIndex);
        }
        else if (_json.ValueTextEquals("cacheScope"u8))
        {
            _layout.CacheScope = ReadMember((int)_json.TokenStartIndex);
        }
        else
        {
            Read();
            Skip();
        }
    }

    private Slot ReadResultMeta()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType is not JsonTokenType.StartObject)
        {
            Skip();
            return default;
        }

        while (Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            var isSubscription = _json.ValueTextEquals(MetaKey.SubscriptionId);
            Read();
            var value = SkipValue();
            if (isSubscription)
            {
                _layout.SubscriptionId = value;
            }
        }

        return new(start, (int)_json.BytesConsumed - start);
    }

    // With its key.
    private Slot ReadMember(int start)
    {
        Read();
        Skip();
        return new(start, (int)_json.BytesConsumed - start);
    }
}
