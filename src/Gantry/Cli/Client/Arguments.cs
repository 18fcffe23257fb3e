using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli.Client;

/// <summary>Makes a tool's arguments from what stands on the command line.</summary>
internal static class Arguments
{
    /// <summary>Reads <c>--arguments</c>: the whole object as JSON.</summary>
    /// <exception cref="CommandFailedException">It is not an object.</exception>
    public static JsonObject FromJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw NotAnObject("it is something else");
        }
        catch (JsonException exception)
        {
            throw NotAnObject(exception.Message);
        }
    }

    /// <summary>Reads <c>key=value</c> pairs, each as the tool's schema has it.</summary>
    /// <exception cref="CommandFailedException">A pair does not fit.</exception>
    public static JsonObject FromPairs(IEnumerable<string> pairs, Tool tool)
    {
        var arguments = new JsonObject();
        foreach (var pair in pairs)
        {
            var (key, value) = Split(pair);
            Add(arguments, key, value, tool.Property(key));
        }

        return arguments;
    }

    private static (string Key, string Value) Split(string pair) =>
        pair.IndexOf('=') is var at and > 0
            ? (pair[..at], pair[(at + 1)..])
            : throw Usage($"'{pair}' is not key=value.");

    // A list may be given as JSON, or one item after another under the same key.
    private static void Add(JsonObject arguments, string key, string value, JsonElement? property)
    {
        var types = Types(property);
        if (types is ["array"] && !value.StartsWith('['))
        {
            var items = arguments[key] as JsonArray ?? [];
            items.Add(Typed(key, value, Types(Items(property))));
            arguments[key] = items;
        }
        else if (!arguments.TryAdd(key, Typed(key, value, types)))
        {
            throw Usage($"'{key}' is given twice.");
        }
    }

    private static JsonElement? Items(JsonElement? property) =>
        property is { } schema && schema.TryGetProperty("items", out var items) ? items : null;

    private static JsonNode? Typed(string key, string value, string[] types)
    {
        if (types is [])
        {
            return Untyped(value);
        }

        // Where the schema leaves a choice, the narrower type first: text is what anything can be.
        foreach (var type in types.Where(type => type is not "string"))
        {
            if (TryParse(value) is { } parsed && Fits(parsed, type))
            {
                return parsed;
            }

            if (type is "null" && value is "null")
            {
                return null;
            }
        }

        return types.Contains("string")
            ? JsonValue.Create(value)
            : throw Usage($"'{key}' takes {string.Join(" or ", types)}, not '{value}'.");
    }

    private static JsonNode Untyped(string value) => TryParse(value) ?? JsonValue.Create(value);

    private static bool Fits(JsonNode node, string type) =>
        (node.GetValueKind(), type) switch
        {
            (JsonValueKind.True or JsonValueKind.False, "boolean") => true,
            (JsonValueKind.Number, "number") => true,
            (JsonValueKind.Number, "integer") => decimal.TryParse(
                node.ToJsonString(),
                System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture,
                out var number
            )
                && number == decimal.Truncate(number),
            (JsonValueKind.Array, "array") => true,
            (JsonValueKind.Object, "object") => true,
            _ => false,
        };

    private static JsonNode? TryParse(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string[] Types(JsonElement? property) =>
        property is not { ValueKind: JsonValueKind.Object } schema ? []
        : schema.TryGetProperty("type", out var type) ? Names(type)
        : schema.TryGetProperty("anyOf", out var any) && any.ValueKind is JsonValueKind.Array
            ? [.. any.EnumerateArray().SelectMany(one => Types(one))]
        : schema.TryGetProperty("enum", out var choices)
        && choices.EnumerateArray().All(choice => choice.ValueKind is JsonValueKind.String)
            ? ["string"]
        : [];

    private static string[] Names(JsonElement type) =>
        type.ValueKind switch
        {
            JsonValueKind.String => [type.GetString() ?? ""],
            JsonValueKind.Array => [.. type.EnumerateArray().Select(one => one.GetString() ?? "")],
            _ => [],
        };

    private static CommandFailedException NotAnObject(string why) =>
        Usage($"--arguments takes a JSON object, such as '{{\"path\":\".\"}}': {why}.");

    private static CommandFailedException Usage(string message) => new(message, ExitCode.Usage);
}
