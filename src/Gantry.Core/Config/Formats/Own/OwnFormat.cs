using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Gantry's own format: a document of servers, or one server with its name.</summary>
internal static class OwnFormat
{
    public static bool RecognisesDocument(Node.Mapping root) =>
        root.Has("servers") || root.Has("gateway") || root.Has("sources") || root.Has("policy");

    // A name alone says nothing: many files have one. Nor does an image: dev containers have both.
    public static bool RecognisesServer(Node.Mapping root) =>
        root.Has("name")
        && (
            root.Has("command")
            || root.Has("package")
            || root.Has("args")
            || (
                (root.Has("image") || root.Has("url"))
                && (root.Has("runtime") || root.Has("start") || root.Has("transport"))
            )
        );

    public static void ReadDocument(Node.Mapping root, Findings findings)
    {
        var report = findings.Report(isForeign: false);
        var fields = new Fields(root, OwnKeys.Document, report);
        if (fields.Get(OwnKeys.Gateway, null) is { } gateway)
        {
            findings.Add(new Placed<Node.Mapping>(gateway, fields.PlaceOf(OwnKeys.Gateway)));
        }

        OwnGroups.Read(fields.Get(GroupKeys.Groups, null), findings, report);
        var runs = fields.Get(OwnKeys.Runtime, null) is not null || !fields.Has(OwnKeys.Runtime);
        var mayRun = runs && !fields.Has(OwnKeys.Policy);
        var seen = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var entry in fields.Get(OwnKeys.Servers, null)?.Entries ?? [])
        {
            if (!entry.Key.Text.StartsWith("x-", StringComparison.Ordinal))
            {
                ReadEntry(entry, seen, mayRun, new(findings, report));
            }
        }
    }

    public static void ReadServer(Node.Mapping root, Findings findings)
    {
        var report = findings.Report(isForeign: false);
        if (Names.ReadOwn(root.Find("name"), report) is { } name)
        {
            new OwnServer(findings, report.For(name.Value)).Read(
                name,
                root,
                OwnKeys.ServerFile,
                true
            );
        }
    }

    private static void ReadEntry(
        Entry entry,
        Dictionary<string, Place> seen,
        bool mayRun,
        (Findings Findings, Report Report) to
    )
    {
        if (Names.ReadOwn(entry.Key, to.Report) is not { } name)
        {
            return;
        }

        var report = to.Report.For(name.Value);
        if (!seen.TryAdd(entry.Key.Text, name.Place))
        {
            report.Add(name.Place, KeyFaults.DuplicateKey(entry.Key.Text, seen[entry.Key.Text]));
            to.Findings.AddBroken(name.Value);
        }
        else if (entry.Value is Node.Mapping mapping)
        {
            new OwnServer(to.Findings, report).Read(name, mapping, OwnKeys.Server, mayRun);
        }
        else
        {
            report.Add(entry.Value.Place, KeyFaults.WrongType(entry.Key.Text, "a mapping"));
            to.Findings.AddBroken(name.Value);
        }
    }
}
