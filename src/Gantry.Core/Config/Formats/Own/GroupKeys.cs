using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The keys of a group: a subset of the servers that looks like one.</summary>
internal static class GroupKeys
{
    public static readonly Key<Placed<string>?> Describe = new(
        "description",
        Shapes.Text,
        "What the group is for, for people and for models."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Servers = new(
        "servers",
        Shapes.TextList,
        "The servers of the group. Default: all."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Allow = new(
        "allow",
        Shapes.TextList,
        "Tools to show, as SERVER__TOOL; '*' stands for any characters. Default: all."
    );
    public static readonly Key<ImmutableArray<Placed<string>>> Deny = new(
        "deny",
        Shapes.TextList,
        "Tools neither to show nor to call, as SERVER__TOOL; goes before allow."
    );
    public static readonly KeyTable ToolsBlock = new(Allow, Deny);
    public static readonly Key<Node.Mapping?> Tools = new(
        "tools",
        new BlockShape(ToolsBlock),
        "Which tools the group has."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Rename = new(
        "rename",
        Shapes.TextMap,
        "Other names for tools: SERVER__TOOL: NAME."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Redescribe =
        new("describe", Shapes.TextMap, "Other descriptions of tools: SERVER__TOOL: TEXT.");

    public static readonly KeyTable Group = new(Describe, Servers, Tools, Rename, Redescribe);

    public static readonly Key<Node.Mapping?> Groups = new(
        "groups",
        new NamedBlocksShape(Group),
        "Subsets of the servers, each served as one at /mcp/g/NAME."
    );
}
