using System.Text.Json;

namespace Gantry.Cli.Tracing;

/// <summary>Compares two answers by what they say: neither ids nor the order of members count.
/// </summary>
internal sealed class Comparison(IReadOnlyList<JsonPath> ignored)
{
    // The envelope, which is another one each time.
    private static readonly JsonPath[] s_envelope =
    [
        JsonPath.Root.Member("id"),
        JsonPath.Root.Member("jsonrpc"),
    ];

    public IReadOnlyList<Difference> Of(JsonElement recorded, JsonElement now)
    {
        var found = new List<Difference>();
        Compare(JsonPath.Root, recorded, now, found);
        return found;
    }

    private void Compare(
        JsonPath path,
        JsonElement? recorded,
        JsonElement? now,
        List<Difference> found
    )
    {
        if (IsIgnored(path))
        {
            return;
        }

        switch (recorded?.ValueKind, now?.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                CompareMembers(path, recorded.Value, now.Value, found);
                return;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareItems(path, recorded.Value, now.Value, found);
                return;
            default:
                if (!AreEqual(recorded, now))
                {
                    found.Add(new(path, recorded?.GetRawText(), now?.GetRawText()));
                }

                return;
        }
    }

    private bool IsIgnored(JsonPath path) =>
        s_envelope.Any(one => one.Covers(path)) || ignored.Any(one => one.Covers(path));

    private void CompareMembers(
        JsonPath path,
        JsonElement recorded,
        JsonElement now,
        List<Difference> found
    )
    {
        var names = Names(recorded).Union(Names(now), StringComparer.Ordinal);
        foreach (var name in names)
        {
            Compare(path.Member(name), Member(recorded, name), Member(now, name), found);
        }
    }

    private void CompareItems(
        JsonPath path,
        JsonElement recorded,
        JsonElement now,
        List<Difference> found
    )
    {
        for (var i = 0; i < Math.Max(recorded.GetArrayLength(), now.GetArrayLength()); i++)
        {
            Compare(path.Item(i), Item(recorded, i), Item(now, i), found);
        }
    }

    private static bool AreEqual(JsonElement? recorded, JsonElement? now) =>
        recorded is { } one && now is { } other
            ? JsonElement.DeepEquals(one, other)
            : recorded is null && now is null;

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(member => member.Name);

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Item(JsonElement element, int index) =>
        index < element.GetArrayLength() ? element[index] : null;
}

/// <param name="Recorded">As JSON text; null where there was nothing.</param>
/// <param name="Now">As JSON text; null where there is nothing.</param>
internal sealed record Difference(JsonPath Path, string? Recorded, string? Now);
