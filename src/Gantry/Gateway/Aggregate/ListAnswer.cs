using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gantry.Gateway.Aggregate.Lists;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate;

/// <summary>The answer to a request for a list of several servers, in the client's dialect.</summary>
internal static class ListAnswer
{
    private static ReadOnlySpan<byte> BeforeId => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    private static ReadOnlySpan<byte> BeforeResult => ",\"result\":"u8;

    /// <summary>For a client with a session.</summary>
    public static byte[] Write(Frame request, MergedPage page) => Write(request, page.Result, []);

    /// <summary>For a client without.</summary>
    /// <param name="missing">Which servers are, as a member of <c>_meta</c>; empty for none.</param>
    /// <param name="lifetime">How long the client may keep it.</param>
    public static byte[] Write(
        Frame request,
        MergedPage page,
        ReadOnlySpan<byte> missing,
        TimeSpan lifetime
    )
    {
        var ms = ((long)lifetime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        return Write(
            request,
            page.Head.Span,
            [
                .. ",\"resultType\":\"complete\",\"ttlMs\":"u8,
                .. Encoding.ASCII.GetBytes(ms),
                // What somebody sees depends on who it is.
                .. ",\"cacheScope\":\"private\",\"_meta\":{\""u8,
                .. MetaKey.ServerInfo,
                .. "\":"u8,
                .. Greeting.ServerInfo.Span,
                .. missing.IsEmpty ? default : ","u8,
                .. missing,
                .. "}}"u8,
            ]
        );
    }

    /// <summary>How long a list made of these holds; not at all unless each of them says so.</summary>
    public static TimeSpan Lifetime(ImmutableArray<Shelf> shelves, DateTimeOffset now)
    {
        var until = DateTimeOffset.MaxValue;
        foreach (var shelf in shelves)
        {
            var its = shelf is { Why: null, Listing: { } listing } ? UntilOf(listing) : null;
            until =
                its is { } end && end < until ? end
                : its is null ? now
                : until;
        }

        return until > now && until < DateTimeOffset.MaxValue ? until - now : TimeSpan.Zero;
    }

    // One without entries may be of a server that has no such list.
    private static DateTimeOffset? UntilOf(Listing listing) =>
        listing.Entries.IsEmpty ? DateTimeOffset.MaxValue : listing.Until;

    // In one piece, as a list may be large, and without clearing what is overwritten at once.
    private static byte[] Write(Frame request, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        var id = request[request.Id];
        var length = BeforeId.Length + id.Length + BeforeResult.Length;
        var answer = GC.AllocateUninitializedArray<byte>(length + head.Length + tail.Length + 1);
        var rest = answer.AsSpan();
        Put(BeforeId, ref rest);
        Put(id, ref rest);
        Put(BeforeResult, ref rest);
        Put(head, ref rest);
        Put(tail, ref rest);
        Put("}"u8, ref rest);
        return answer;
    }

    private static void Put(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
