using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>The <c>mcpServers</c> of Claude, Cursor and the Docker orchestrator. Whatever else is in
/// the file belongs to that program.</summary>
internal static class McpServersFormat
{
    private const string Key = "mcpServers";

    public static bool Recognises(Node.Mapping root) => root.Has(Key);

    public static void Read(Node.Mapping root, Findings findings) =>
        new ForeignEntry(findings, ForeignKeys.McpServers)
        {
            Words = Words.OfEditor(findings.Source),
            DefaultDirectory = findings.Source.WorkspaceFolder,
        }.ReadAll(root.Find(Key), Key, findings.Report(isForeign: true));
}
