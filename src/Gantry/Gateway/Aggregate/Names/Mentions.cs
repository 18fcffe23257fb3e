using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Gantry.Gateway.Messages;
using Gantry.Wire;

namespace Gantry.Gateway.Aggregate.Names;

/// <summary>What stands at a spot.</summary>
internal enum Mention
{
    Name,
    Description,
    Uri,
    Task,
}

/// <summary>The part of a message that is looked through.</summary>
internal enum Part
{
    /// <summary>A result, or the params of a notification.</summary>
    Result,
    Tool,
    Prompt,
    Resource,
    Template,
    Block,
    Message,
    Meta,
    App,
    TaskOf,

    /// <summary>What a server asks its client, each under a key of its own.</summary>
    Questions,
    Question,
}

/// <summary>
/// Finds in a message the few values that name something of its server, by where they stand and
/// without making objects of it. What a tool returns as data is not looked into.
/// </summary>
internal static class Mentions
{
    private static readonly FrozenDictionary<(Part, string), Part> s_ways = new Dictionary<
        (Part, string),
        Part
    >
    {
        [(Part.Result, "content")] = Part.Block,
        [(Part.Result, "contents")] = Part.Resource,
        [(Part.Result, "messages")] = Part.Message,
        [(Part.Result, "task")] = Part.TaskOf,
        [(Part.Result, "tasks")] = Part.TaskOf,
        [(Part.Result, "_meta")] = Part.Meta,
        [(Part.Result, "result")] = Part.Result,
        [(Part.Result, "inputRequests")] = Part.Questions,
        [(Part.Question, "params")] = Part.Result,
        [(Part.Message, "content")] = Part.Block,
        [(Part.Block, "resource")] = Part.Resource,
        [(Part.Block, "content")] = Part.Block,
        [(Part.Block, "_meta")] = Part.Meta,
        [(Part.Tool, "_meta")] = Part.Meta,
        [(Part.Meta, "ui")] = Part.App,
        [(Part.Meta, "io.modelcontextprotocol/related-task")] = Part.TaskOf,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<(Part, string), Mention> s_spots = new Dictionary<
        (Part, string),
        Mention
    >
    {
        [(Part.Tool, "name")] = Mention.Name,
        [(Part.Tool, "description")] = Mention.Description,
        [(Part.Prompt, "name")] = Mention.Name,
        [(Part.Resource, "uri")] = Mention.Uri,
        [(Part.Template, "uriTemplate")] = Mention.Uri,
        [(Part.Block, "uri")] = Mention.Uri,
        [(Part.Result, "uri")] = Mention.Uri,
        [(Part.Result, "taskId")] = Mention.Task,
        [(Part.TaskOf, "taskId")] = Mention.Task,
        [(Part.App, "resourceUri")] = Mention.Uri,
        [(Part.Meta, "ui/resourceUri")] = Mention.Uri,
        [(Part.Meta, "openai/outputTemplate")] = Mention.Uri,
    }.ToFrozenDictionary();

    /// <summary>A cheap look whether there can be any in a result.</summary>
    public static bool MayHaveAny(ReadOnlySpan<byte> result) =>
        result.IndexOf("\"uri\""u8) >= 0
        || result.IndexOf("esourceUri\""u8) >= 0
        || result.IndexOf("/outputTemplate\""u8) >= 0
        || result.IndexOf("\"taskId\""u8) >= 0;

    /// <summary>All of them, as slots of the given text and in its order.</summary>
    public static List<Found> Find(ReadOnlySpan<byte> json, Part part)
    {
        var found = new List<Found>();
        var reader = FrameText.Reader(json);
        if (!json.IsEmpty && reader.Read())
        {
            Visit(ref reader, part, found);
        }

        return found;
    }

    /// <summary>Writes a text anew with values replaced.</summary>
    /// <param name="replace">The new value as JSON text; null leaves it.</param>
    public static byte[] Replace(
        ReadOnlySpan<byte> json,
        Part part,
        Func<Mention, string, byte[]?> replace
    )
    {
        var output = new MemoryStream(json.Length + 64);
        var from = 0;
        foreach (var (spot, slot, value) in Find(json, part))
        {
            if (replace(spot, value) is { } with)
            {
                output.Write(json[from..slot.Start]);
                output.Write(with);
                from = slot.End;
            }
        }

        output.Write(json[from..]);
        return output.ToArray();
    }

    /// <summary>A text as JSON.</summary>
    public static byte[] Json(string text)
    {
        var encoded = JsonEncodedText.Encode(
            text,
            System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
        );
        return [(byte)'"', .. encoded.EncodedUtf8Bytes, (byte)'"'];
    }

    private static void Visit(ref Utf8JsonReader json, Part part, List<Found> found)
    {
        if (json.TokenType is JsonTokenType.StartArray)
        {
            while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
            {
                Visit(ref json, part, found);
            }
        }
        else if (json.TokenType is JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                VisitMember(ref json, part, found);
            }
        }
    }

    private static void VisitMember(ref Utf8JsonReader json, Part part, List<Found> found)
    {
        var key = (part, Key(in json));
        json.Read();
        if (part is Part.Questions)
        {
            Visit(ref json, Part.Question, found);
        }
        else if (s_ways.TryGetValue(key, out var next))
        {
            Visit(ref json, next, found);
        }
        else if (json.TokenType is JsonTokenType.String && s_spots.TryGetValue(key, out var spot))
        {
            Note(in json, spot, found);
        }
        else
        {
            json.Skip();
        }
    }

    // No key that matters is longer, and half a surrogate pair is none that matters.
    private static string Key(in Utf8JsonReader json) =>
        json.ValueSpan.Length is > 128 ? ""
        : !json.ValueIsEscaped ? Encoding.UTF8.GetString(json.ValueSpan)
        : Text(in json) ?? "";

    private static void Note(in Utf8JsonReader json, Mention spot, List<Found> found)
    {
        if (Text(in json) is { } value)
        {
            var start = (int)json.TokenStartIndex;
            found.Add(new(spot, new(start, (int)json.BytesConsumed - start), value));
        }
    }

    private static string? Text(in Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: JSON, but not text.
            return null;
        }
    }
}

/// <param name="Value">As text, without quotes and escapes.</param>
internal readonly record struct Found(Mention Mention, Slot Slot, string Value);
