using System.Collections.Immutable;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The <c>server.json</c> of the MCP Registry, as far as it says where a server runs: one
/// server, at the first of its <c>remotes</c> that can be reached.</summary>
internal static class ServerJsonFormat
{
    private const string Remotes = "remotes";
    private const string Kind = "type";

    // Streamable HTTP goes before what it took the place of.
    private static readonly ImmutableArray<string> s_kinds = ["streamable-http", "sse"];

    public static bool Recognises(Node.Mapping root) =>
        root.Find("name") is Node.Scalar
        && (root.Find(Remotes) is Node.Sequence || root.Find("packages") is Node.Sequence);

    public static void Read(Node.Mapping root, Findings findings)
    {
        var report = findings.Report(isForeign: true);
        if (Names.ReadForeign(WithoutNamespace(root.Find("name")), report) is not { } name)
        {
            return;
        }

        var own = report.For(name.Value);
        if (Choose(root) is not { } remote)
        {
            own.Add(root.Place, RemoteFaults.NoRemote);
            findings.AddBroken(name.Value);
            return;
        }

        var template = new RemoteTemplate(root, remote);
        new ForeignEntry(findings, ForeignKeys.McpServers)
        {
            Words = template.Words,
            Complete = (draft, _, _) =>
                draft.Means is Reach reach
                    ? draft with
                    {
                        Means = reach with { Optional = template.Optional },
                    }
                    : draft,
        }.Read(name, template.Entry, own);
    }

    private static Node.Mapping? Choose(Node.Mapping root)
    {
        var remotes = (root.Find(Remotes) as Node.Sequence)?.Items.OfType<Node.Mapping>() ?? [];
        return remotes
            .Where(remote => OrderOf(remote) >= 0 && remote.Find("url") is Node.Scalar)
            .MinBy(OrderOf);
    }

    private static int OrderOf(Node.Mapping remote) =>
        remote.Find(Kind) is Node.Scalar kind ? s_kinds.IndexOf(kind.Text) : -1;

    // Of io.example.team/weather only the last part can be in an address.
    private static Node? WithoutNamespace(Node? name) =>
        name is Node.Scalar { Text: var text } scalar
            ? scalar with
            {
                Text = text[(text.LastIndexOf('/') + 1)..],
            }
            : name;
}
