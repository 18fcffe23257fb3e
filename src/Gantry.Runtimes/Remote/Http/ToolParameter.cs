using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Gantry.Runtimes.Remote.Http;

/// <summary>An argument of a tool that goes along as a header.</summary>
/// <param name="Path">The members, from the outermost, under which it stands.</param>
internal sealed record ToolParameter(string Header, ImmutableArray<byte[]> Path)
{
    private const string Mark = "x-mcp-header";

    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );

    /// <summary>All that a tool's input schema marks; null when a mark makes no sense.</summary>
    public static ImmutableArray<ToolParameter>? Read(JsonElement schema, out string why)
    {
        var found = ImmutableArray.CreateBuilder<ToolParameter>();
        if (!TryRead(schema, [], found, out why))
        {
            return null;
        }

        var twice = found
            .GroupBy(one => one.Header, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(same => same.Count() > 1);
        why = twice is null ? why : $"two parameters want the header '{twice.Key}'";
        return twice is null ? found.ToImmutable() : null;
    }

    // Only along properties can it be said where the value will stand; a mark anywhere else is
    // nobody's.
    private static bool TryRead(
        JsonElement schema,
        ImmutableArray<byte[]> path,
        ImmutableArray<ToolParameter>.Builder found,
        out string why
    )
    {
        why = "";
        if (schema.ValueKind is not JsonValueKind.Object)
        {
            return true;
        }

        foreach (var member in schema.EnumerateObject())
        {
            var isFine = member.Name switch
            {
                Mark => TryTake(schema, member.Value, path, found, out why),
                "properties" => TryReadAll(member.Value, path, found, out why),
                "const" or "default" or "enum" or "examples" => true,
                _ => HasNoMark(member.Value, out why),
            };
            if (!isFine)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadAll(
        JsonElement properties,
        ImmutableArray<byte[]> path,
        ImmutableArray<ToolParameter>.Builder found,
        out string why
    )
    {
        why = "";
        if (properties.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
            {
                var inside = path.Add(Encoding.UTF8.GetBytes(property.Name));
                if (!TryRead(property.Value, inside, found, out why))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool TryTake(
        JsonElement schema,
        JsonElement mark,
        ImmutableArray<byte[]> path,
        ImmutableArray<ToolParameter>.Builder found,
        out string why
    )
    {
        var header = mark.ValueKind is JsonValueKind.String ? mark.ToString() : "";
        why =
            path.IsEmpty ? "its arguments as a whole want a header"
            : header.Length == 0 || header.AsSpan().ContainsAnyExcept(s_token)
                ? "the name of a header is empty, or has characters that none has"
            : !IsPlain(schema) ? $"what is to go into the header '{header}' is no plain value"
            : "";
        found.Add(new(header, path));
        return why.Length == 0;
    }

    private static bool IsPlain(JsonElement schema) =>
        schema.TryGetProperty("type"u8, out var type)
        && type.ValueKind is JsonValueKind.String
        && type.ToString() is "string" or "integer" or "boolean";

    private static bool HasNoMark(JsonElement part, out string why)
    {
        why = "";
        var isFine = part.ValueKind switch
        {
            JsonValueKind.Object => part.EnumerateObject()
                .All(member => member.Name != Mark && HasNoMark(member.Value, out _)),
            JsonValueKind.Array => part.EnumerateArray().All(item => HasNoMark(item, out _)),
            _ => true,
        };
        why = isFine ? "" : $"'{Mark}' stands where no argument can be found by it";
        return isFine;
    }
}
