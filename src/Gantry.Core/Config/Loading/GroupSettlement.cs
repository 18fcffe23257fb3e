using System.Collections.Immutable;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Loading;

/// <summary>
/// Puts the groups of all files together and compares them with the servers that there are. A group
/// that cannot be read as it stands goes on as it was; one that names what is not there is served
/// without it.
/// </summary>
internal sealed class GroupSettlement(
    ConfigSnapshot? previous,
    ConfigSnapshot now,
    List<Diagnostic> diagnostics
)
{
    public ImmutableSortedDictionary<ServerName, GroupSpec> Settle(Reading reading)
    {
        var settled = Kept(reading).ToDictionary(group => group.Name);
        var places = new Dictionary<ServerName, Place>();
        foreach (var draft in reading.Files.SelectMany(file => file.Parsed.Groups))
        {
            Check(draft);
            if (!places.TryAdd(draft.Spec.Name, draft.Spec.Place))
            {
                Add(draft.Spec.Place, GroupFaults.Duplicate(draft.Spec.Name, places));
            }
            else if (draft.IsSound)
            {
                settled[draft.Spec.Name] = draft.Spec;
            }
            else if (previous?.Groups.GetValueOrDefault(draft.Spec.Name) is { } before)
            {
                settled[draft.Spec.Name] = before;
            }
        }

        return settled.ToImmutableSortedDictionary();
    }

    private IEnumerable<GroupSpec> Kept(Reading reading)
    {
        var unreadable = reading
            .Files.Where(file => file.Parsed.Legibility is Legibility.Unreadable)
            .Select(file => file.Parsed.Source.Shown)
            .ToHashSet(StringComparer.Ordinal);
        return previous?.Groups.Values.Where(group => unreadable.Contains(group.Place.File)) ?? [];
    }

    private void Check(GroupDraft draft)
    {
        foreach (var name in draft.Names.Where(name => !Exists(name.Value)))
        {
            Add(name.Place, GroupFaults.UnknownServer(name.Value.ToString(), Nearest(name.Value)));
        }

        foreach (var tool in draft.Tools)
        {
            CheckTool(draft.Spec, tool);
        }

        foreach (var (_, name) in draft.Spec.Renamed)
        {
            if (ServerOf(name) is { } server)
            {
                Add(draft.Spec.Place, GroupFaults.LooksMapped(name, server));
            }
        }
    }

    // A pattern may have its '*' where the server would stand.
    private void CheckTool(GroupSpec group, Placed<string> tool)
    {
        var at = now.Gateway.Separator.IndexIn(tool.Value);
        var server = at < 0 ? "" : tool.Value[..at];
        if (server.AsSpan().ContainsAny('*', '?') || tool.Value.StartsWith('*'))
        {
            return;
        }

        if (!ServerName.TryParse(server, out var name))
        {
            Add(tool.Place, GroupFaults.NoServerIn(tool.Value, now.Gateway.Separator));
        }
        else if (!Exists(name))
        {
            Add(tool.Place, GroupFaults.UnknownServer(server, Nearest(name)));
        }
        else if (!group.Has(name))
        {
            Add(tool.Place, GroupFaults.NotInGroup(name, group.Name));
        }
    }

    private ServerName? ServerOf(string tool)
    {
        var at = now.Gateway.Separator.IndexIn(tool);
        return at > 0 && ServerName.TryParse(tool[..at], out var name) && Exists(name)
            ? name
            : null;
    }

    private bool Exists(ServerName name) =>
        now.Servers.ContainsKey(name) || now.Disabled.ContainsKey(name);

    private string? Nearest(ServerName name) =>
        Problems.Nearest.To(name.ToString(), now.Servers.Keys.Select(known => known.ToString()));

    private void Add(Place place, Fault fault) => diagnostics.Add(fault.At(place));
}
