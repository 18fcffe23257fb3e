using System.Text.Json;
using Gantry.Wire;

namespace Gantry.Gateway.Http;

/// <summary>Several messages in one array, as 2025-03-26 and before allow.</summary>
internal static class Batch
{
    public static bool IsBatch(ReadOnlySpan<byte> utf8) =>
        utf8.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];

    /// <exception cref="NotAFrameException">It is not an array of messages, or too long.</exception>
    public static List<Frame> Split(ReadOnlySpan<byte> utf8, int limit)
    {
        var messages = new List<Frame>();
        var isWhole = false;
        try
        {
            Split(utf8, limit, messages);
            isWhole = true;
            return messages;
        }
        catch (JsonException exception)
        {
            throw new NotAFrameException("Not a batch: not JSON.", isJson: false, exception);
        }
        finally
        {
            if (!isWhole)
            {
                messages.ForEach(message => message.Dispose());
            }
        }
    }

    private static void Split(ReadOnlySpan<byte> utf8, int limit, List<Frame> messages)
    {
        var json = new Utf8JsonReader(
            utf8,
            new JsonReaderOptions { MaxDepth = Frame.MaxDepth + 1 }
        );
        json.Read();
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            if (messages.Count >= limit)
            {
                throw new NotAFrameException($"A batch has at most {limit} messages.", true);
            }

            var start = (int)json.TokenStartIndex;
            json.Skip();
            messages.Add(Frame.Parse(utf8[start..(int)json.BytesConsumed]));
        }

        json.Read();
        if (messages.Count == 0)
        {
            throw new NotAFrameException("The batch is empty.", isJson: true);
        }
    }
}
