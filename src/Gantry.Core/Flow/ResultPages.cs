using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gantry.Flow;

/// <summary>
/// The content of a tool's result, cut into pages of whole content blocks: long texts are cut
/// between two characters, and what can be neither cut nor given whole is named instead.
/// </summary>
public sealed class ResultPages
{
    // A piece of text shorter than this is not worth a block of its own.
    private const int MinPiece = 64;
    private const int TextFrame = 64;

    private readonly ImmutableArray<ReadOnlyMemory<byte>>.Builder _pages =
        ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
    private readonly int _budget;
    private ArrayBufferWriter<byte> _page = new();

    private ResultPages(int budget) => _budget = budget;

    /// <param name="content">The blocks, as a JSON array.</param>
    /// <param name="budget">How many bytes the blocks of one page may have.</param>
    /// <returns>For each page its blocks with commas between, but without brackets.</returns>
    public static ImmutableArray<ReadOnlyMemory<byte>> Of(JsonElement content, int budget)
    {
        var pages = new ResultPages(budget);
        foreach (var block in content.EnumerateArray())
        {
            pages.Add(block);
        }

        pages.Turn();
        return pages._pages.ToImmutable();
    }

    /// <summary>A text as pages of text blocks.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Of(string text, int budget)
    {
        var pages = new ResultPages(budget);
        pages.AddText(text);
        pages.Turn();
        return pages._pages.ToImmutable();
    }

    /// <summary>A text block.</summary>
    public static byte[] Block(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        WriteBlock(output, text);
        return output.WrittenSpan.ToArray();
    }

    private int Room => _budget - _page.WrittenCount - 1;

    private void Add(JsonElement block)
    {
        var raw = Encoding.UTF8.GetBytes(block.GetRawText());
        if (raw.Length <= Room)
        {
            Append(raw);
        }
        else if (Text(block) is { } text)
        {
            AddText(text);
        }
        else if (raw.Length <= _budget)
        {
            Turn();
            Append(raw);
        }
        else
        {
            AddText($"[{Kind(block)} of {raw.Length} bytes left out: too large for one result]");
        }
    }

    private void AddText(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var room = Room - TextFrame;
            var piece = room < MinPiece ? 0 : Fitting(rest, room);
            if (piece == 0)
            {
                Turn();
                piece = Math.Max(
                    Fitting(rest, Room - TextFrame),
                    char.IsHighSurrogate(rest[0]) ? 2 : 1
                );
            }

            var block = new ArrayBufferWriter<byte>();
            WriteBlock(block, rest[..Math.Min(piece, rest.Length)].ToString());
            Append(block.WrittenSpan);
            rest = rest[Math.Min(piece, rest.Length)..];
        }
    }

    // How many characters take no more than that many bytes as JSON.
    private static int Fitting(ReadOnlySpan<char> text, int bytes)
    {
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= Cost(rune);
            if (bytes < 0)
            {
                break;
            }

            // Half a pair counts as what it becomes, but takes one character.
            count +=
                count < text.Length && char.IsSurrogate(text[count]) && rune == Rune.ReplacementChar
                    ? 1
                    : rune.Utf16SequenceLength;
        }

        return count;
    }

    private static int Cost(Rune rune) =>
        rune.Value is '"' or '\\' or '\n' or '\r' or '\t' or '\b' or '\f' ? 2
        : JavaScriptEncoder.UnsafeRelaxedJsonEscaping.WillEncode(rune.Value)
            ? 6 * rune.Utf16SequenceLength
        : rune.Utf8SequenceLength;

    private void Append(ReadOnlySpan<byte> block)
    {
        if (_page.WrittenCount > 0)
        {
            _page.Write(","u8);
        }

        _page.Write(block);
    }

    private void Turn()
    {
        if (_page.WrittenCount > 0)
        {
            _pages.Add(_page.WrittenMemory);
            _page = new();
        }
    }

    private static void WriteBlock(IBufferWriter<byte> output, string text)
    {
        output.Write("{\"type\":\"text\",\"text\":\""u8);
        output.Write(
            JsonEncodedText
                .Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
                .EncodedUtf8Bytes
        );
        output.Write("\"}"u8);
    }

    private static string? Text(JsonElement block) =>
        Kind(block) is "text"
        && block.TryGetProperty("text", out var text)
        && text.ValueKind is JsonValueKind.String
            ? TryGet(text)
            : null;

    private static string Kind(JsonElement block) =>
        block.ValueKind is JsonValueKind.Object
        && block.TryGetProperty("type", out var type)
        && type.ValueKind is JsonValueKind.String
            ? TryGet(type) ?? "block"
            : "block";

    private static string? TryGet(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but not text.
            return null;
        }
    }
}
