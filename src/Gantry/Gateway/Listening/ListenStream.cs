using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Threading.Channels;
using Gantry.Gateway.Messages;
using Gantry.Gateway.Sessions;
using Gantry.Wire;

namespace Gantry.Gateway.Listening;

/// <summary>
/// One <c>subscriptions/listen</c>: which changes its client wants to hear of, and those that wait
/// to be written. When too many wait the oldest go: each only says that something is to be looked
/// at again.
/// </summary>
internal sealed class ListenStream
{
    private const int MaxWaiting = 256;

    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly byte[] _id;
    private readonly Filter _filter;
    private readonly Subscriptions _uris;

    /// <param name="request">The request, whose id tags all that it hears.</param>
    /// <param name="capabilities">What the server can tell of.</param>
    public ListenStream(Frame request, ReadOnlySpan<byte> capabilities, int maxUris)
    {
        _id = request[request.Id].ToArray();
        var wanted = FrameText.Member(request[request.Body], "notifications"u8);
        _filter = new(
            Has(wanted, "toolsListChanged"u8) && Can(capabilities, "tools"u8, "listChanged"u8),
            Has(wanted, "promptsListChanged"u8) && Can(capabilities, "prompts"u8, "listChanged"u8),
            Has(wanted, "resourcesListChanged"u8)
                && Can(capabilities, "resources"u8, "listChanged"u8)
        );
        _uris = new(maxUris);
        if (Can(capabilities, "resources"u8, "subscribe"u8))
        {
            ReadUris(FrameText.Member(wanted, "resourceSubscriptions"u8));
        }
    }

    public ChannelReader<byte[]> Messages => _waiting.Reader;

    /// <summary>The resources that it wants to hear of.</summary>
    public ImmutableHashSet<string> Uris => _uris.Uris;

    /// <summary>That one is not heard: nobody can tell of it.</summary>
    public void Drop(string uri) => _uris.Remove(uri);

    public void Send(Frame change)
    {
        if (IsWanted(change))
        {
            _waiting.Writer.TryWrite(Tagged(change));
        }
    }

    /// <summary>Nothing comes any more; what waits is still written.</summary>
    public void End() => _waiting.Writer.TryComplete();

    /// <summary>The first message: what of the wishes is heard.</summary>
    public Frame Acknowledge() =>
        Message(
            "notifications/subscriptions/acknowledged",
            json =>
            {
                json.WriteStartObject("notifications");
                WriteIf(json, "toolsListChanged", _filter.Tools);
                WriteIf(json, "promptsListChanged", _filter.Prompts);
                WriteIf(json, "resourcesListChanged", _filter.Resources);
                if (!Uris.IsEmpty)
                {
                    json.WriteStartArray("resourceSubscriptions");
                    foreach (var uri in Uris)
                    {
                        json.WriteStringValue(uri);
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }
        );

    /// <summary>The last message: the stream ends because the server does.</summary>
    public byte[] Finish() =>
        RpcText.Result(
            _id,
            [
                .. "{\"resultType\":\"complete\",\"_meta\":{\""u8,
                .. MetaKey.SubscriptionId,
                .. "\":"u8,
                .. _id,
                .. "}}"u8,
            ]
        );

    private static void WriteIf(Utf8JsonWriter json, string name, bool isSet)
    {
        if (isSet)
        {
            json.WriteBoolean(name, true);
        }
    }

    private static bool Has(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> name) =>
        FrameText.Member(wanted, name).SequenceEqual("true"u8);

    private static bool Can(
        ReadOnlySpan<byte> capabilities,
        ReadOnlySpan<byte> kind,
        ReadOnlySpan<byte> name
    ) => Has(FrameText.Member(capabilities, kind), name);

    private void ReadUris(ReadOnlySpan<byte> uris)
    {
        var json = FrameText.Reader(uris);
        while (!uris.IsEmpty && json.Read())
        {
            if (json.TokenType is JsonTokenType.String && FrameText.String(in json) is { } uri)
            {
                _uris.TryAdd(uri);
            }
        }
    }

    private bool IsWanted(Frame change) =>
        change.IsMethod("notifications/tools/list_changed"u8) ? _filter.Tools
        : change.IsMethod("notifications/prompts/list_changed"u8) ? _filter.Prompts
        : change.IsMethod("notifications/resources/list_changed"u8) ? _filter.Resources
        : change.IsMethod("notifications/resources/updated"u8)
            && change.Text(change.Uri) is { } uri
            && _uris.Covers(uri);

    private byte[] Tagged(Frame change)
    {
        using var message = Message(
            change.Text(change.Method) ?? "",
            json =>
            {
                if (!change.Uri.IsEmpty)
                {
                    json.WritePropertyName("uri");
                    json.WriteRawValue(change[change.Uri], skipInputValidation: true);
                }
            }
        );
        return message.Utf8.ToArray();
    }

    private Frame Message(string method, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteString("method", method);
            json.WriteStartObject("params");
            write(json);
            json.WriteStartObject("_meta");
            json.WritePropertyName(MetaKey.SubscriptionId);
            json.WriteRawValue(_id, skipInputValidation: true);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Frame.Parse(output.WrittenSpan);
    }

    private readonly record struct Filter(bool Tools, bool Prompts, bool Resources);
}
