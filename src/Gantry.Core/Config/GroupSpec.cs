using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gantry.Config;

/// <summary>
/// A named subset of the servers that looks like one, and what of their tools it shows and how.
/// Tools are named as the whole of all servers names them: server, separator, tool.
/// </summary>
public sealed record GroupSpec(ServerName Name, Place Place)
{
    public string? Description { get; init; }

    /// <summary>Empty for every server there is.</summary>
    public ImmutableArray<ServerName> Servers { get; init; } = [];

    public NameRules Tools { get; init; } = NameRules.None;

    /// <summary>Named as tools are.</summary>
    public NameRules Prompts { get; init; } = NameRules.None;

    /// <summary>By the URIs that clients of the group see; templates by their text.</summary>
    public NameRules Resources { get; init; } = NameRules.None;

    /// <summary>What a tool is called here, by what it is called otherwise.</summary>
    public ImmutableSortedDictionary<string, string> Renamed { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How a tool is described here, by what it is called otherwise.</summary>
    public ImmutableSortedDictionary<string, string> Described { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public bool Has(ServerName server) => Servers.IsEmpty || Servers.Contains(server);

    /// <summary>All that it says, so that two that say the same compare equal.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Name} {Place} {Description}\n");
        text.AppendJoin(' ', Servers).Append('\n').Append(Tools);
        text.Append(Prompts).Append(Resources);
        text.AppendJoin(' ', Renamed).Append('\n').AppendJoin(' ', Described);
        return text.ToString();
    }
}
