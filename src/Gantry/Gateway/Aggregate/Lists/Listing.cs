using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Aggregate.Names;
using Gantry.Gateway.Messages;

namespace Gantry.Gateway.Aggregate.Lists;

/// <summary>One of a server's lists, whole, as the server wrote it.</summary>
/// <param name="Until">When it is to be asked for again; null when it holds until the server says
/// otherwise.</param>
internal sealed record Listing(ImmutableArray<Entry> Entries, DateTimeOffset? Until)
{
    public static Listing Empty { get; } = new([], null);

    public bool IsStale(DateTimeOffset now) => Until <= now;

    /// <summary>Whether a client would see any difference.</summary>
    public bool SaysTheSame(Listing other) =>
        Entries.Length == other.Entries.Length
        && Entries
            .Zip(other.Entries)
            .All(pair => pair.First.Json.Span.SequenceEqual(pair.Second.Json.Span));
}

/// <param name="Key">Its name or URI, by which it is asked for.</param>
/// <param name="Json">The whole object.</param>
internal readonly record struct Entry(string Key, ReadOnlyMemory<byte> Json);

/// <summary>One page of a list as it came.</summary>
/// <param name="Cursor">Of the next one, as JSON text; empty when this is the last.</param>
/// <param name="LifetimeMs">How long it may be kept, where the server says so.</param>
internal readonly record struct Page(
    ImmutableArray<Entry> Entries,
    ReadOnlyMemory<byte> Cursor,
    long? LifetimeMs
)
{
    /// <summary>Reads a result; an entry without a name or URI is passed over.</summary>
    public static Page Read(ReadOnlySpan<byte> result, ListKind kind) =>
        new(
            ReadEntries(FrameText.Member(result, kind.Member()), kind),
            FrameText.Member(result, "nextCursor"u8) is [(byte)'"', ..] cursor
                ? cursor.ToArray()
                : default,
            long.TryParse(
                Encoding.UTF8.GetString(FrameText.Member(result, "ttlMs"u8)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var lifetime
            )
                ? lifetime
                : null
        );

    public static ImmutableArray<Entry> ReadEntries(ReadOnlySpan<byte> list, ListKind kind)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        var json = FrameText.Reader(list);
        if (list.IsEmpty || !json.Read() || json.TokenType is not JsonTokenType.StartArray)
        {
            return [];
        }

        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            var text = list[start..(int)json.BytesConsumed];
            if (KeyOf(text, kind) is { } key)
            {
                entries.Add(new(key, text.ToArray()));
            }
        }

        return entries.ToImmutable();
    }

    private static string? KeyOf(ReadOnlySpan<byte> entry, ListKind kind)
    {
        foreach (var (spot, _, value) in Mentions.Find(entry, kind.Part()))
        {
            if (spot is Mention.Name or Mention.Uri && IsKey(spot, kind))
            {
                return value;
            }
        }

        return null;
    }

    private static bool IsKey(Mention spot, ListKind kind) =>
        (spot is Mention.Name) == (kind is ListKind.Tools or ListKind.Prompts);
}
