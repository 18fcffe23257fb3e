using System.Collections.Frozen;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>One server in a file, as in <c>mcp-config/executor/</c>.</summary>
internal static class ExecutorFormat
{
    private const int FirstPort = 3000;
    private const int LastPort = 3010;
    private const string OwnerOfFirstPort = "code-executor";

    private static readonly FrozenSet<string> s_keys = ForeignKeys
        .Executor.Keys.Select(key => key.Name)
        .ToFrozenSet(StringComparer.Ordinal);

    // The format is a part of our own but for `metadata` and `type`. Without them it is known by
    // its three fixed fields, as long as no key of ours stands beside.
    public static bool Recognises(Node.Mapping root) =>
        root.Has("name")
        && (
            (root.Has("metadata") && (root.Has("command") || root.Has("args") || root.Has("port")))
            || (root.Has("type") && root.Has("url"))
            || (
                root.Has("enabled")
                && (root.Has("port") || root.Has("command"))
                && root.Entries.All(entry => s_keys.Contains(entry.Key.Text))
            )
        );

    public static void Read(Node.Mapping root, Findings findings)
    {
        var report = findings.Report(isForeign: true);
        if (Names.ReadForeign(root.Find("name"), report) is { } name)
        {
            new ForeignEntry(findings, ForeignKeys.Executor) { Complete = WithPort }.Read(
                name,
                root,
                report.For(name.Value)
            );
        }
    }

    private static Draft WithPort(Draft draft, Fields fields, Report report)
    {
        if (fields.Get(OwnKeys.Port, null) is not { } port)
        {
            return draft;
        }

        CheckPort(draft.Spec.Name, port, report);
        return draft with { Spec = draft.Spec with { Port = port.Value }, PortPlace = port.Place };
    }

    private static void CheckPort(ServerName name, Placed<int> port, Report report)
    {
        if (port.Value is FirstPort && name.ToString() != OwnerOfFirstPort)
        {
            report.Add(port.Place, ServerFaults.ReservedPort(FirstPort, OwnerOfFirstPort));
        }
        else if (port.Value is < FirstPort or > LastPort)
        {
            report.Add(port.Place, ServerFaults.UnusualPort(port.Value, FirstPort, LastPort));
        }
    }
}
