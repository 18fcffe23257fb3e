using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>A mapping with a table of keys of its own, read by whoever asks for it.</summary>
internal sealed class BlockShape(KeyTable table) : Shape<Node.Mapping?>
{
    public override string Expected => "a mapping";

    public override JsonObject Schema() => SchemaParts.Mapping(table);

    public override Node.Mapping? Read(
        string key,
        Node node,
        Report report,
        Node.Mapping? otherwise
    ) => node as Node.Mapping ?? Refuse(key, node, report, otherwise);
}

/// <summary>Servers by name.</summary>
/// <param name="definition">Where the schema of one server stands in the published schema.</param>
internal sealed class ServersShape(string? definition = null) : Shape<Node.Mapping?>
{
    public override string Expected => "a mapping of server names to servers";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = SchemaParts.NamePattern },
            ["additionalProperties"] = new JsonObject { ["$ref"] = $"#/$defs/{definition}" },
        };

    public override Node.Mapping? Read(
        string key,
        Node node,
        Report report,
        Node.Mapping? otherwise
    ) => node as Node.Mapping ?? Refuse(key, node, report, otherwise);
}

/// <summary>Mappings by name, all with one table of keys.</summary>
internal sealed class NamedBlocksShape(KeyTable table) : Shape<Node.Mapping?>
{
    public override string Expected => "a mapping of names to mappings";

    public override JsonObject Schema() =>
        new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = SchemaParts.NamePattern },
            ["additionalProperties"] = SchemaParts.Mapping(table),
        };

    public override Node.Mapping? Read(
        string key,
        Node node,
        Report report,
        Node.Mapping? otherwise
    ) => node as Node.Mapping ?? Refuse(key, node, report, otherwise);
}

/// <summary>The name of a server, in a file that holds one.</summary>
internal sealed class NameShape : Shape<Placed<string>?>
{
    public override string Expected => "a text";

    public override JsonObject Schema() =>
        new() { ["type"] = "string", ["pattern"] = SchemaParts.NamePattern };

    public override Placed<string>? Read(
        string key,
        Node node,
        Report report,
        Placed<string>? otherwise
    ) => Shapes.Text.Read(key, node, report, otherwise);
}
