using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>One text. Numbers and truth values are texts too, as they were written.</summary>
internal sealed class TextShape : Shape<Placed<string>?>
{
    public override string Expected => "a text";

    public override JsonObject Schema() => new() { ["type"] = "string" };

    public override Placed<string>? Read(
        string key,
        Node node,
        Report report,
        Placed<string>? otherwise
    )
    {
        if (node is not Node.Scalar scalar)
        {
            return Refuse(key, node, report, otherwise);
        }

        if (scalar.Text.Contains('\0'))
        {
            report.Add(node.Place, KeyFaults.BadText(key));
            return otherwise;
        }

        return new(scalar.Text, scalar.Place);
    }
}

/// <summary>A list of texts.</summary>
internal sealed class TextListShape : Shape<ImmutableArray<Placed<string>>>
{
    public override string Expected => "a list of texts";

    public override JsonObject Schema() =>
        new() { ["type"] = "array", ["items"] = SchemaParts.Plain() };

    public override ImmutableArray<Placed<string>> Read(
        string key,
        Node node,
        Report report,
        ImmutableArray<Placed<string>> otherwise
    ) =>
        node is Node.Sequence sequence
            ?
            [
                .. sequence
                    .Items.Select(item => ReadItem(key, item, report))
                    .OfType<Placed<string>>(),
            ]
            : Refuse(key, node, report, otherwise);

    private static Placed<string>? ReadItem(string key, Node item, Report report) =>
        Shapes.Text.Read($"an item of {key}", item, report, null);
}

/// <summary>Texts by name, as in <c>env</c>.</summary>
internal sealed class TextMapShape : Shape<ImmutableArray<KeyValuePair<string, Placed<string>>>>
{
    public override string Expected => "a mapping of names to texts";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = "^[^=]+$" },
            ["additionalProperties"] = SchemaParts.Plain(),
        };

    public override ImmutableArray<KeyValuePair<string, Placed<string>>> Read(
        string key,
        Node node,
        Report report,
        ImmutableArray<KeyValuePair<string, Placed<string>>> otherwise
    )
    {
        if (node is not Node.Mapping mapping)
        {
            return Refuse(key, node, report, otherwise);
        }

        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        return [.. mapping.Entries.SelectMany(entry => ReadEntry(key, entry, seen, report))];
    }

    private static IEnumerable<KeyValuePair<string, Placed<string>>> ReadEntry(
        string key,
        Entry entry,
        Dictionary<string, Place> seen,
        Report report
    )
    {
        var name = entry.Key.Text;
        if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
        {
            report.Add(entry.Key.Place, KeyFaults.BadVariableName(name));
        }
        else if (!seen.TryAdd(name, entry.Key.Place))
        {
            report.Add(entry.Key.Place, KeyFaults.DuplicateKey(name, seen[name]));
        }
        else if (Shapes.Text.Read($"{key}.{name}", entry.Value, report, null) is { } text)
        {
            yield return new(
                name,
                entry.Value is Node.Scalar { IsNull: true } ? text with { Value = "" } : text
            );
        }
    }
}
