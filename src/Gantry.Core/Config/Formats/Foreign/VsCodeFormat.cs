using System.Collections.Immutable;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The <c>servers</c> and <c>inputs</c> of VS Code's <c>mcp.json</c>.</summary>
internal static class VsCodeFormat
{
    // Our own format has 'servers' too, but none of these keys in an entry.
    private static readonly string[] s_marks =
    [
        "type",
        "envFile",
        "sandboxEnabled",
        "sandbox",
        "dev",
    ];

    public static bool Recognises(Node.Mapping root) =>
        root.Find("servers") is Node.Mapping servers
        && (
            root.Has("inputs")
            || servers.Entries.Any(entry =>
                entry.Value is Node.Mapping server && s_marks.Any(server.Has)
            )
        );

    public static void Read(Node.Mapping root, Findings findings) =>
        new ForeignEntry(findings, ForeignKeys.VsCode)
        {
            Words = Words.OfEditor(findings.Source) with
            {
                Inputs = ReadInputs(root.Find("inputs")),
            },
            DefaultDirectory = findings.Source.WorkspaceFolder,
        }.ReadAll(root.Find("servers"), "servers", findings.Report(isForeign: true));

    // Nobody is there to be asked: an input is a variable of that name, or its default.
    private static ImmutableDictionary<string, string?> ReadInputs(Node? inputs)
    {
        var defaults = ImmutableDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        foreach (var input in (inputs as Node.Sequence)?.Items.OfType<Node.Mapping>() ?? [])
        {
            if (input.Find("id") is Node.Scalar id)
            {
                defaults[id.Text] = (input.Find("default") as Node.Scalar)?.Text;
            }
        }

        return defaults.ToImmutable();
    }
}
