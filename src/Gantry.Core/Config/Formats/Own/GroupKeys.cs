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
    public static readonly RuleKeys Tools = new(
        "tools",
        "Which tools the group has.",
        "Tools, as SERVER__TOOL"
    );
    public static readonly RuleKeys Prompts = new(
        "prompts",
        "Which prompts the group has.",
        "Prompts, as SERVER__PROMPT"
    );
    public static readonly RuleKeys Resources = new(
        "resources",
        "Which resources and templates the group has.",
        "URIs as clients see them, such as SERVER+file:///*"
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Rename = new(
        "rename",
        Shapes.TextMap,
        "Other names for tools: SERVER__TOOL: NAME."
    );
    public static readonly Key<ImmutableArray<KeyValuePair<string, Placed<string>>>> Redescribe =
        new("describe", Shapes.TextMap, "Other descriptions of tools: SERVER__TOOL: TEXT.");

    public static readonly KeyTable Group = new(
        Describe,
        Servers,
        Tools.Block,
        Prompts.Block,
        Resources.Block,
        Rename,
        Redescribe
    );

    public static readonly Key<Node.Mapping?> Groups = new(
        "groups",
        new NamedBlocksShape(Group),
        "Subsets of the servers, each served as one at /mcp/g/NAME."
    );
}
