using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>A group as its file has it, before it is compared with the servers that there are.</summary>
/// <param name="Names">Where the servers that it names stand.</param>
/// <param name="Tools">Where the tools that it names stand, patterns among them.</param>
/// <param name="IsSound">Whether it can be served as it stands.</param>
internal sealed record GroupDraft(
    GroupSpec Spec,
    ImmutableArray<Placed<ServerName>> Names,
    ImmutableArray<Placed<string>> Tools,
    bool IsSound
);

/// <summary>Reads <c>groups:</c>.</summary>
internal static partial class OwnGroups
{
    // What all clients take for the name of a tool.
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex ToolName { get; }

    public static void Read(Node.Mapping? groups, Findings findings, Report report)
    {
        foreach (var entry in groups?.Entries ?? [])
        {
            if (entry.Key.Text.StartsWith("x-", StringComparison.Ordinal))
            {
                continue;
            }

            if (!ServerName.TryParse(entry.Key.Text, out var name))
            {
                report.Add(entry.Key.Place, GroupFaults.BadName(entry.Key.Text));
            }
            else if (entry.Value is not Node.Mapping block)
            {
                report.Add(entry.Value.Place, KeyFaults.WrongType(entry.Key.Text, "a mapping"));
            }
            else
            {
                findings.Add(ReadGroup(new(name, entry.Key.Place), block, report.Apart()));
            }
        }
    }

    private static GroupDraft ReadGroup(GroupSpec empty, Node.Mapping block, Report report)
    {
        var fields = new Fields(block, GroupKeys.Group, report);
        var names = fields.Get(GroupKeys.Servers, []).SelectMany(text => ReadName(text, report));
        var tools = GroupKeys.Tools.Read(fields, report);
        var prompts = GroupKeys.Prompts.Read(fields, report);
        var renamed = fields.Get(GroupKeys.Rename, []);
        var described = fields.Get(GroupKeys.Redescribe, []);
        CheckNewNames(renamed, report);
        var spec = empty with
        {
            Description = fields.Get(GroupKeys.Describe, null)?.Value,
            Servers = [.. names.Select(name => name.Value)],
            Tools = tools.Parse(),
            Prompts = prompts.Parse(),
            Resources = GroupKeys.Resources.Read(fields, report).Parse(),
            Renamed = ByTool(renamed),
            Described = ByTool(described),
        };
        return new(
            spec,
            [.. names],
            [.. tools.All, .. prompts.All, .. Tools(renamed), .. Tools(described)],
            !report.HasErrors
        );
    }

    private static IEnumerable<Placed<ServerName>> ReadName(Placed<string> text, Report report)
    {
        if (ServerName.TryParse(text.Value, out var name))
        {
            return [new(name, text.Place)];
        }

        report.Add(text.Place, ServerFaults.BadName(text.Value));
        return [];
    }

    private static void CheckNewNames(
        ImmutableArray<KeyValuePair<string, Placed<string>>> renamed,
        Report report
    )
    {
        var seen = new Dictionary<string, Place>(StringComparer.OrdinalIgnoreCase);
        foreach (var (_, name) in renamed)
        {
            if (!ToolName.IsMatch(name.Value))
            {
                report.Add(name.Place, GroupFaults.BadToolName(name.Value));
            }
            else if (!seen.TryAdd(name.Value, name.Place))
            {
                report.Add(name.Place, GroupFaults.NameTwice(name.Value, seen[name.Value]));
            }
        }
    }

    private static IEnumerable<Placed<string>> Tools(
        ImmutableArray<KeyValuePair<string, Placed<string>>> texts
    ) => texts.Select(text => new Placed<string>(text.Key, text.Value.Place));

    private static ImmutableSortedDictionary<string, string> ByTool(
        ImmutableArray<KeyValuePair<string, Placed<string>>> texts
    ) =>
        texts.ToImmutableSortedDictionary(
            text => text.Key,
            text => text.Value.Value,
            StringComparer.Ordinal
        );
}
