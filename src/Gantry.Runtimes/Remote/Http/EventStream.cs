using System.Net.ServerSentEvents;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>One event as it came.</summary>
/// <param name="Frame">Null for one that holds no message.</param>
internal readonly record struct StreamEvent(string Type, string? Id, Frame? Frame, string? Text);

/// <summary>How far a stream was heard, so that it can be taken up again.</summary>
internal sealed class StreamPosition
{
    /// <summary>Empty while the server has given none.</summary>
    public string LastEventId { get; set; } = "";

    /// <summary>How long the server wants to be left alone before it is asked again.</summary>
    public TimeSpan? Retry { get; set; }
}

/// <summary>Reads messages from a stream of server-sent events, one at a time.</summary>
/// <param name="parse">Makes a frame of an event's text; null when it is none.</param>
internal sealed class EventStream(ReadOnlyText parse, int maxFrameSize)
{
    private const string Endpoint = "endpoint";

    /// <exception cref="OriginAnswerException">An event is larger than a message may be.</exception>
    public async IAsyncEnumerable<StreamEvent> ReadAsync(
        Stream stream,
        Action heard,
        StreamPosition position,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var counted = new CountedStream(stream, heard, maxFrameSize);
        var parser = SseParser.Create(counted, Parse);
        await foreach (var item in parser.EnumerateAsync(cancellationToken))
        {
            counted.Reset();
            Note(parser, position);
            yield return new(item.EventType, item.EventId, item.Data.Frame, item.Data.Text);
        }

        Note(parser, position);
    }

    private static void Note(SseParser<Content> parser, StreamPosition position)
    {
        if (parser.LastEventId.Length > 0)
        {
            position.LastEventId = parser.LastEventId;
        }

        if (parser.ReconnectionInterval > TimeSpan.Zero)
        {
            position.Retry = parser.ReconnectionInterval;
        }
    }

    private Content Parse(string type, ReadOnlySpan<byte> utf8) =>
        type is Endpoint ? new(null, System.Text.Encoding.UTF8.GetString(utf8))
        : utf8.IsEmpty || type is not SseParser.EventTypeDefault ? default
        : new(parse(utf8), null);

    private readonly record struct Content(Frame? Frame, string? Text);
}

/// <summary>Reads a frame from bytes that are only lent.</summary>
internal delegate Frame? ReadOnlyText(ReadOnlySpan<byte> utf8);
