using System.Text;
using System.Text.Json;
using Gantry.Runtimes.Stdio;
using Gantry.Wire;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>What Gantry asks an origin to learn of which era it is, and what the answers mean
/// (2026-07-28, versioning).</summary>
internal static class Introductions
{
    /// <summary>How long an origin may take to say whether it is of the era without sessions.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int LeastModernError = -32022;
    private const int MostModernError = -32020;
    private const int UnsupportedRevision = -32022;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    public static string Revision { get; } = Dialect.All[^1].Revision;

    private static string OwnVersion =>
        typeof(Introductions).Assembly.GetName().Version?.ToString(3) ?? "0";

    private static string Meta { get; } =
        $$$$""" "_meta":{"io.modelcontextprotocol/protocolVersion":"{{{{Revision}}}}","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"gantry","version":"{{{{OwnVersion}}}}"}}""";

    public static Frame Discover() => Request("server/discover");

    /// <param name="cursor">From which page on; empty for the first.</param>
    public static Frame ListTools(string cursor) =>
        Request(
            "tools/list",
            cursor.Length == 0 ? "" : $"\"cursor\":\"{JsonEncodedText.Encode(cursor)}\","
        );

    public static Frame Ping() => Frame.Parse("""{"jsonrpc":"2.0","id":0,"method":"ping"}"""u8);

    public static int? ErrorCode(Frame answer) =>
        answer.IsError ? JsonPart.Number(JsonPart.Member(answer[answer.Body], "code"u8)) : null;

    /// <summary>Whether it wants to be asked again, in a revision that Gantry speaks.</summary>
    public static bool WantsOther(Frame answer) =>
        ErrorCode(answer) is UnsupportedRevision
        && Newest(DataOf(answer), "supported"u8) is not null;

    /// <summary>What was agreed with an origin of the era without sessions; null when it is of the
    /// other.</summary>
    /// <exception cref="HandshakeException">It is of that era and refuses all the same.</exception>
    public static Handshake? Judge(Frame answer)
    {
        var code = ErrorCode(answer);
        if (code is >= LeastModernError and <= MostModernError && code != UnsupportedRevision)
        {
            var said = Encoding.UTF8.GetString(answer[answer.Body]);
            throw new HandshakeException($"It refused 'server/discover': {said}");
        }

        if (answer.IsError)
        {
            return null;
        }

        var result = answer.Slice(answer.Body);
        return Newest(result, "supportedVersions"u8) is { } dialect
            ? new(dialect, result.ToArray())
            : null;
    }

    private static ReadOnlyMemory<byte> DataOf(Frame error) =>
        JsonPart.Member(error[error.Body], "data"u8) is { IsEmpty: false } data
            ? data.ToArray()
            : "null"u8.ToArray();

    private static Dialect? Newest(ReadOnlyMemory<byte> said, ReadOnlySpan<byte> member)
    {
        using var json = JsonDocument.Parse(said, s_options);
        if (
            json.RootElement.ValueKind is not JsonValueKind.Object
            || !json.RootElement.TryGetProperty(member, out var versions)
            || versions.ValueKind is not JsonValueKind.Array
        )
        {
            return null;
        }

        return versions
            .EnumerateArray()
            .Where(version => version.ValueKind is JsonValueKind.String)
            .Select(version => Dialect.Find(version.ToString()))
            .Where(dialect => dialect is { HasSessions: false })
            .MaxBy(dialect => dialect?.Revision, StringComparer.Ordinal);
    }

    /// <param name="members">Of the params, besides what Gantry says of itself; each with a comma
    /// behind.</param>
    private static Frame Request(string method, string members = "") =>
        Frame.Parse(
            Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":0,"method":"{{{method}}}","params":{{{{members}}}{{{Meta}}}}}"""
            )
        );
}
