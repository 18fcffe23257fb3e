using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gantry.Config;
using Gantry.Flow;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>
/// How a client reads on in a result that was kept: by calling the same tool with one argument, as
/// every model can, or by reading a resource, as some clients do.
/// </summary>
internal static class Continuation
{
    public const string Argument = "gantry_continue";
    private const string Scheme = "gantry://result/";

    /// <summary>Who alone may read on.</summary>
    public static string OwnerOf(Exchange exchange) =>
        exchange.Session.Dialect.HasSessions
            ? "session " + exchange.Session.Key
            : "principal " + exchange.Envelope.Principal;

    public static string Note(string id, int page, int pages, TimeSpan lifetime) =>
        $"[Page {page} of {pages} of a large result. To read on, call this tool with the one argument "
        + $"{{\"{Argument}\":\"{id}/{page + 1}\"}}, or read the resource {Uri(id, page + 1)}. "
        + $"It is kept for {lifetime.TotalMinutes:0.#} minutes.]";

    /// <summary>A block that links to a page.</summary>
    public static byte[] Link(string id, int page) =>
        Encoding.UTF8.GetBytes(
            $$"""{"type":"resource_link","uri":"{{Uri(id, page)}}","name":"page {{page}} of the result"}"""
        );

    /// <summary>The answer when the request asks for a page; null for all other requests.</summary>
    public static byte[]? Answer(Exchange exchange, ServerName server, KeptResults kept)
    {
        if (Asked(exchange) is not var (id, page))
        {
            return null;
        }

        var request = exchange.Request;
        var pages = kept.Find(OwnerOf(exchange), server, id);
        if (page < 1 || page > pages.Length)
        {
            return RpcText.Error(
                request[request.Id],
                RpcText.InvalidParams,
                "There is no such page, or it is not kept any more. Call the tool anew."
            );
        }

        var isTool = request.IsMethod("tools/call"u8);
        var result = isTool
            ? ToolResult(id, page, pages, kept.Lifetime)
            : Resource(id, page, pages);
        return RpcText.Result(request[request.Id], Whole(exchange, result, isTool));
    }

    private static string Uri(string id, int page) => $"{Scheme}{id}?page={page}";

    /// <summary>The result that a URI leads to; null when it leads elsewhere.</summary>
    public static string? IdOf(string uri) => OfResource(uri)?.Id;

    /// <summary>The result that the request goes on with; null for all other requests.</summary>
    public static string? IdIn(Frame request) => Asked(request, request.Text(request.Uri))?.Id;

    private static (string Id, int Page)? Asked(Exchange exchange) =>
        Asked(exchange.Request, exchange.Uri ?? exchange.Request.Text(exchange.Request.Uri));

    private static (string Id, int Page)? Asked(Frame request, string? uri) =>
        request.IsMethod("tools/call"u8) ? OfTool(request)
        : request.IsMethod("resources/read"u8) ? OfResource(uri ?? "")
        : null;

    private static (string, int)? OfTool(Frame request)
    {
        var arguments = FrameText.Member(request[request.Body], "arguments"u8);
        var asked = FrameText.Member(arguments, "gantry_continue"u8);
        return asked is [(byte)'"', .. var text, (byte)'"'] && text.IndexOf((byte)'\\') < 0
            ? Split(Encoding.UTF8.GetString(text), "/")
            : null;
    }

    private static (string Id, int Page)? OfResource(string uri) =>
        uri.StartsWith(Scheme, StringComparison.Ordinal)
            ? Split(uri[Scheme.Length..], "?page=")
            : null;

    private static (string Id, int Page)? Split(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        var page = at < 0 ? "" : text[(at + separator.Length)..];
        return
            at >= 0
            && int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (text[..at], number)
            : (text, 0);
    }

    private static byte[] ToolResult(
        string id,
        int page,
        ImmutableArray<ReadOnlyMemory<byte>> pages,
        TimeSpan lifetime
    )
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"content\":["u8);
        output.Write(pages[page - 1].Span);
        if (page < pages.Length)
        {
            output.Write(","u8);
            output.Write(ResultPages.Block(Note(id, page, pages.Length, lifetime)));
            output.Write(","u8);
            output.Write(Link(id, page + 1));
        }

        output.Write("]}"u8);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Resource(string id, int page, ImmutableArray<ReadOnlyMemory<byte>> pages)
    {
        byte[] blocks = [.. "["u8, .. pages[page - 1].Span, .. "]"u8];
        using var json = JsonDocument.Parse(blocks, new() { MaxDepth = Frame.MaxDepth });
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("contents");
            foreach (var block in json.RootElement.EnumerateArray())
            {
                Write(writer, Uri(id, page), block);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, string uri, JsonElement block)
    {
        var isText = Is(block, "text") && block.TryGetProperty("text", out _);
        writer.WriteStartObject();
        writer.WriteString("uri", uri);
        writer.WriteString("mimeType", isText ? "text/plain" : "application/json");
        writer.WritePropertyName("text");
        if (isText)
        {
            block.GetProperty("text").WriteTo(writer);
        }
        else
        {
            writer.WriteStringValue(block.GetRawText());
        }

        writer.WriteEndObject();
    }

    private static bool Is(JsonElement block, string type) =>
        block.ValueKind is JsonValueKind.Object
        && block.TryGetProperty("type", out var given)
        && given.ValueKind is JsonValueKind.String
        && given.ValueEquals(type);

    // Where every request stands alone, a result says what it is and how long it holds.
    private static byte[] Whole(Exchange exchange, byte[] result, bool isTool) =>
        exchange.Session.Dialect.HasSessions ? result
        : isTool ? [.. result[..^1], .. ",\"resultType\":\"complete\"}"u8]
        :
        [
            .. result[..^1],
            .. ",\"resultType\":\"complete\",\"ttlMs\":0,\"cacheScope\":\"private\"}"u8,
        ];
}
