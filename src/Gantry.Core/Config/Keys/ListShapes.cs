using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Access;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>One text, or several.</summary>
internal sealed class TextsShape : Shape<ImmutableArray<Placed<string>>>
{
    public override string Expected => "a text or a list of texts";

    public override JsonObject Schema() =>
        new() { ["anyOf"] = new JsonArray(Shapes.Text.Schema(), Shapes.TextList.Schema()) };

    public override ImmutableArray<Placed<string>> Read(
        string key,
        Node node,
        Report report,
        ImmutableArray<Placed<string>> otherwise
    ) =>
        node is Node.Scalar
            ? Shapes.Text.Read(key, node, report, null) is { } one
                ? [one]
                : otherwise
            : Shapes.TextList.Read(key, node, report, otherwise);
}

/// <summary>A list of mappings with one table of keys.</summary>
internal sealed class BlockListShape(KeyTable table) : Shape<ImmutableArray<Node.Mapping>>
{
    public override string Expected => "a list of mappings";

    public override JsonObject Schema() =>
        new() { ["type"] = "array", ["items"] = SchemaParts.Mapping(table) };

    public override ImmutableArray<Node.Mapping> Read(
        string key,
        Node node,
        Report report,
        ImmutableArray<Node.Mapping> otherwise
    )
    {
        if (node is not Node.Sequence sequence)
        {
            return Refuse(key, node, report, otherwise);
        }

        foreach (var item in sequence.Items.Where(item => item is not Node.Mapping))
        {
            report.Add(item.Place, KeyFaults.WrongType($"an item of {key}", "a mapping"));
        }

        return [.. sequence.Items.OfType<Node.Mapping>()];
    }
}

/// <summary>Mappings by name, all with one table of keys.</summary>
internal sealed class BlockMapShape(KeyTable table) : Shape<ImmutableArray<Entry>>
{
    public override string Expected => "a mapping of names to mappings";

    public override JsonObject Schema() =>
        new() { ["type"] = "object", ["additionalProperties"] = SchemaParts.Mapping(table) };

    public override ImmutableArray<Entry> Read(
        string key,
        Node node,
        Report report,
        ImmutableArray<Entry> otherwise
    )
    {
        if (node is not Node.Mapping mapping)
        {
            return Refuse(key, node, report, otherwise);
        }

        foreach (var entry in mapping.Entries.Where(entry => entry.Value is not Node.Mapping))
        {
            report.Add(
                entry.Value.Place,
                KeyFaults.WrongType($"{key}.{entry.Key.Text}", "a mapping")
            );
        }

        return [.. mapping.Entries.Where(entry => entry.Value is Node.Mapping)];
    }
}

/// <summary>So many requests per unit of time.</summary>
internal sealed class RateShape : Shape<Rate?>
{
    public override string Expected => "a rate such as 100/s, 60/m or 1000/h";

    public override JsonObject Schema() =>
        new() { ["type"] = "string", ["pattern"] = Rate.Pattern };

    public override Rate? Read(string key, Node node, Report report, Rate? otherwise) =>
        node is Node.Scalar scalar && Rate.Parse(scalar.Text) is { } rate
            ? rate
            : Refuse(key, node, report, otherwise);
}
