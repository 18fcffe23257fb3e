using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Gateway.Aggregate.Names;

namespace Gantry.Gateway.Aggregate;

/// <summary>
/// Makes one list of those of several servers, in the names that its client shall use. Pure.
/// </summary>
internal sealed class Merging(View view, ListKind kind)
{
    /// <summary>How many entries, or bytes of them, make a page.</summary>
    public const int MaxEntries = 1_000;
    private const int MaxPageSize = 4 * 1024 * 1024;

    private readonly List<Piece> _pieces = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public static Merged Make(View view, ListKind kind, ImmutableArray<Shelf> shelves)
    {
        var merging = new Merging(view, kind);
        foreach (var shelf in shelves)
        {
            merging.Add(shelf);
        }

        var missing = Missing(shelves);
        return new(shelves, [.. merging.Pages(missing)], missing, merging._seen);
    }

    private void Add(Shelf shelf)
    {
        if (shelf.Listing is not { } listing)
        {
            return;
        }

        var isNamed = kind is ListKind.Tools or ListKind.Prompts;
        var alike = isNamed ? Alike(listing) : [];
        for (var i = 0; i < listing.Entries.Length; i++)
        {
            var entry = listing.Entries[i];
            if (IsPermitted(shelf.Server, entry.Key))
            {
                Add(new(shelf.Server, i), entry, alike.Contains(entry.Key));
            }
        }
    }

    private bool IsPermitted(ServerName server, string key) =>
        kind switch
        {
            ListKind.Tools => view.Permits(server, key),
            ListKind.Prompts => view.PermitsPrompt(server, key),
            _ => view.PermitsResource(Addresses.Map(server, key)),
        };

    // Names that differ in capitals only, which some clients take for one.
    private static HashSet<string> Alike(Listing listing) =>
        listing
            .Entries.Select(entry => entry.Key)
            .Distinct(StringComparer.Ordinal)
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Where(names => names.Skip(1).Any())
            .SelectMany(names => names)
            .ToHashSet(StringComparer.Ordinal);

    private void Add(Position at, Entry entry, bool isAlike)
    {
        var name =
            kind is ListKind.Resources or ListKind.Templates ? Addresses.Map(at.Server, entry.Key)
            : isAlike ? Naming.Tame(view.Separator, at.Server, entry.Key)
            : Naming.Of(view.Separator, at.Server, entry.Key);
        var outfit = kind is ListKind.Tools ? view.Outfit(at.Server, entry.Key, name) : default;
        if (_seen.Add(outfit.Name ?? name))
        {
            _pieces.Add(new(at, Dress(at.Server, entry, outfit.Name ?? name, outfit.Description)));
        }
    }

    private byte[] Dress(ServerName server, Entry entry, string name, string? description)
    {
        var isDescribed = false;
        var dressed = Mentions.Replace(
            entry.Json.Span,
            kind.Part(),
            (spot, value) =>
            {
                isDescribed |= spot is Mention.Description;
                return spot switch
                {
                    Mention.Name => Mentions.Json(name),
                    Mention.Uri => Mentions.Json(Addresses.Map(server, value)),
                    Mention.Description when description is not null => Mentions.Json(description),
                    _ => null,
                };
            }
        );
        return description is null || isDescribed
            ? dressed
            :
            [
                .. "{\"description\":"u8,
                .. Mentions.Json(description),
                (byte)',',
                .. dressed.AsSpan(1),
            ];
    }

    private IEnumerable<MergedPage> Pages(byte[] missing)
    {
        byte[] meta = missing.Length == 0 ? [] : [.. ",\"_meta\":{"u8, .. missing, .. "}"u8];
        var from = 0;
        do
        {
            var to = EndOfPage(from);
            yield return new(
                from == 0 ? default : _pieces[from].At,
                Write(from, to, to < _pieces.Count ? Cursor.Of(_pieces[to].At) : null, meta),
                meta.Length + 1
            );
            from = to;
        } while (from < _pieces.Count);
    }

    private int EndOfPage(int from)
    {
        var size = 0;
        var to = from;
        while (to < _pieces.Count && to - from < MaxEntries && size < MaxPageSize)
        {
            size += _pieces[to++].Json.Length;
        }

        return to;
    }

    private byte[] Write(int from, int to, string? next, byte[] meta)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        output.Write("{\""u8);
        output.Write(kind.Member());
        output.Write("\":["u8);
        for (var i = from; i < to; i++)
        {
            output.Write(i == from ? default : ","u8);
            output.Write(_pieces[i].Json);
        }

        output.Write("]"u8);
        if (next is not null)
        {
            output.Write(",\"nextCursor\":"u8);
            output.Write(Mentions.Json(next));
        }

        output.Write(meta);
        output.Write("}"u8);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Missing(ImmutableArray<Shelf> shelves)
    {
        var missing = shelves.Where(shelf => shelf.Why is not null).ToList();
        if (missing.Count == 0)
        {
            return [];
        }

        var output = new ArrayBufferWriter<byte>();
        output.Write("\"gantry/unavailable\":"u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var shelf in missing)
            {
                json.WriteStartObject();
                json.WriteString("server", shelf.Server.ToString());
                json.WriteString("reason", shelf.Why);
                json.WriteBoolean("coming", shelf.IsComing);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return output.WrittenSpan.ToArray();
    }

    private readonly record struct Piece(Position At, byte[] Json);
}

/// <summary>Where an entry stands: whose list, and where in it.</summary>
internal readonly record struct Position(ServerName Server, int Index) : IComparable<Position>
{
    public int CompareTo(Position other) =>
        Server.CompareTo(other.Server) is var order and not 0
            ? order
            : Index.CompareTo(other.Index);
}

/// <summary>How a client asks for the next page: opaque to it, and of use also when the lists have
/// changed meanwhile.</summary>
internal static class Cursor
{
    public static string Of(Position at) =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{at.Server}/{at.Index}")
            )
        );

    /// <summary>Null when it is none of ours.</summary>
    public static Position? Read(string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        var slash = text.IndexOf('/');
        return
            slash > 0
            && ServerName.TryParse(text[..slash], out var server)
            && int.TryParse(text[(slash + 1)..], CultureInfo.InvariantCulture, out var index)
            ? new(server, index)
            : null;
    }
}

/// <param name="From">The first entry; unset on the first page.</param>
/// <param name="Result">As JSON text.</param>
/// <param name="TailLength">How many bytes of it stand behind the list: who is missing, and the last
/// brace.</param>
internal readonly record struct MergedPage(Position From, byte[] Result, int TailLength)
{
    public ReadOnlyMemory<byte> Head => Result.AsMemory(..^TailLength);
}

/// <summary>One list of many, ready to be sent.</summary>
/// <param name="Missing">Which servers are, as a member of <c>_meta</c>; empty for none.</param>
/// <param name="Names">All that are in it.</param>
internal sealed record Merged(
    ImmutableArray<Shelf> Shelves,
    ImmutableArray<MergedPage> Pages,
    ReadOnlyMemory<byte> Missing,
    IReadOnlySet<string> Names
)
{
    public bool IsOf(ImmutableArray<Shelf> shelves)
    {
        var i = 0;
        while (i < shelves.Length && i < Shelves.Length && shelves[i].IsLike(Shelves[i]))
        {
            i++;
        }

        return i == shelves.Length && i == Shelves.Length;
    }

    /// <summary>The page that a cursor asks for; null when it is none of ours.</summary>
    /// <remarks>When the lists have changed since, rather some entries twice than one missed.
    /// </remarks>
    public MergedPage? Find(string? cursor)
    {
        if (cursor is null)
        {
            return Pages[0];
        }

        if (Cursor.Read(cursor) is not { } position)
        {
            return null;
        }

        var at = Pages.Length - 1;
        while (at > 0 && Pages[at].From.CompareTo(position) > 0)
        {
            at--;
        }

        return Pages[at];
    }
}
