using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Config;
using Gantry.Flow;
using Gantry.Gateway.Calls;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Flow;

/// <summary>Holds the results of one server to its policy.</summary>
/// <param name="redaction">Null to hide nothing.</param>
internal sealed class ResultBudget(
    ServerName server,
    ResultPolicy policy,
    Redaction? redaction,
    KeptResults kept
)
{
    // What the notes and the frame around the blocks may take of a result.
    private const int Overhead = 704;
    private const int MaxOther = 256;

    // How often a note and its link name what is kept, and what must be left for the blocks.
    private const int Mentions = 3;
    private const int LeastContent = 128;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Frame.MaxDepth };

    /// <summary>The response as it may be given: the same, or another in its place.</summary>
    public Frame Apply(Exchange exchange, Frame response)
    {
        var clean = Redact(response);
        if (
            policy.MaxSize is not { } size
            || clean.IsError
            || clean.RequiresInput
            || clean.Body.Length <= size
            || !exchange.Request.IsMethod("tools/call"u8)
        )
        {
            return clean;
        }

        return clean.WithBody(Shorten(exchange, clean, size));
    }

    private Frame Redact(Frame response)
    {
        try
        {
            return redaction?.Apply(response[response.Body]) is { } hidden
                ? response.WithBody(hidden)
                : response;
        }
        catch (RegexMatchTimeoutException)
        {
            // What could not be looked through is not given.
            using (response)
            {
                return Frame.Parse(
                    RpcText.Error(
                        response[response.Id],
                        RpcText.ServerError,
                        $"The result of server '{server}' could not be searched for secrets in time, "
                            + "so it is withheld. Ask for less at a time."
                    )
                );
            }
        }
    }

    private byte[] Shorten(Exchange exchange, Frame response, int size)
    {
        var total = response.Body.Length;
        if (policy.OnExcess is Excess.Refuse)
        {
            return Encoding
                .UTF8.GetBytes("{\"content\":[")
                .Concat(
                    ResultPages.Block(
                        $"The result has {total} bytes; server '{server}' may give at most {size}. "
                            + "Ask for less at a time."
                    )
                )
                .Concat("],\"isError\":true"u8.ToArray())
                .Concat(KindOf(response))
                .Concat("}"u8.ToArray())
                .ToArray();
        }

        using var json = JsonDocument.Parse(response.Slice(response.Body), s_options);
        var longer = exchange.Session.Dialect.HasSessions ? 0 : kept.NameLength * Mentions;
        var travels = longer > 0 && size - Overhead - longer >= LeastContent;
        var cut = Cut.Of(json.RootElement, size - Overhead - (travels ? longer : 0));
        var id =
            policy.OnExcess is Excess.Continue && cut.Pages.Length > 1
                ? kept.Keep(Continuation.OwnerOf(exchange), server, cut.Pages, travels)
                : null;
        var note = id is null
            ? $"[The result has {total} bytes, too many: this is the beginning.{cut.Remark}]"
            : Continuation.Note(id, 1, cut.Pages.Length, kept.Lifetime) + cut.Remark;
        return Write(json.RootElement, cut, note, id);
    }

    // Where results say what they are, this one does too.
    private static byte[] KindOf(Frame response) =>
        response.ResultType.IsEmpty ? [] : [.. ","u8, .. response[response.ResultType]];

    private static byte[] Write(JsonElement result, Cut cut, string note, string? id)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"content\":["u8);
        if (cut.Pages is [var first, ..])
        {
            output.Write(first.Span);
            output.Write(","u8);
        }

        output.Write(ResultPages.Block(note));
        if (id is not null)
        {
            output.Write(","u8);
            output.Write(Continuation.Link(id, 2));
        }

        output.Write("]"u8);
        WriteOthers(output, result, cut);
        output.Write("}"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void WriteOthers(IBufferWriter<byte> output, JsonElement result, Cut cut)
    {
        foreach (var member in result.EnumerateObject())
        {
            var text = member.Value.GetRawText();
            var isKept = member.Name switch
            {
                "content" => false,
                "structuredContent" => cut.KeepsStructure,
                "isError" => !cut.LosesStructure,
                _ => text.Length <= MaxOther,
            };
            if (isKept)
            {
                output.Write(",\""u8);
                output.Write(JsonEncodedText.Encode(member.Name).EncodedUtf8Bytes);
                output.Write("\":"u8);
                output.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        // A client that was promised a structure would take a result without it for a broken
        // server; of an error it expects none.
        if (cut.LosesStructure)
        {
            output.Write(",\"isError\":true"u8);
        }
    }

    /// <param name="Pages">Blocks with commas between.</param>
    private sealed record Cut(
        ImmutableArray<ReadOnlyMemory<byte>> Pages,
        bool KeepsStructure,
        bool LosesStructure
    )
    {
        public string Remark =>
            LosesStructure ? " Its structured content did not fit and is left out." : "";

        public static Cut Of(JsonElement result, int budget)
        {
            var structure = Member(result, "structuredContent");
            var structureLength = structure is { } some
                ? Encoding.UTF8.GetByteCount(some.GetRawText())
                : 0;
            var keeps = structure is not null && structureLength <= budget / 2;
            var room = keeps ? budget - structureLength : budget;
            var content = Member(result, "content");
            var pages =
                content is { ValueKind: JsonValueKind.Array } blocks && blocks.GetArrayLength() > 0
                    ? ResultPages.Of(blocks, room)
                : structure is { } only && !keeps ? ResultPages.Of(only.GetRawText(), room)
                : [];
            return new(pages, keeps, structure is not null && !keeps);
        }

        private static JsonElement? Member(JsonElement result, string name) =>
            result.ValueKind is JsonValueKind.Object && result.TryGetProperty(name, out var value)
                ? value
                : null;
    }
}
