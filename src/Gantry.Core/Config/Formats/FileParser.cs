using System.Collections.Immutable;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>Makes the servers of a file from its text, whatever program the file was written for.
/// Pure: it reads no file and no variable.</summary>
internal static class FileParser
{
    private static readonly ImmutableArray<Format> s_formats =
    [
        new(McpServersFormat.Recognises, McpServersFormat.Read),
        new(RegistryFormat.Recognises, RegistryFormat.Read),
        new(ServerJsonFormat.Recognises, ServerJsonFormat.Read),
        new(VsCodeFormat.Recognises, VsCodeFormat.Read),
        new(OwnFormat.RecognisesDocument, OwnFormat.ReadDocument),
        new(ExecutorFormat.Recognises, ExecutorFormat.Read),
        new(OwnFormat.RecognisesServer, OwnFormat.ReadServer),
    ];

    public static ParsedFile Parse(SourceFile source, string text)
    {
        var tree = TreeReader.Read(source.Shown, text);
        if (tree.Error is not null)
        {
            return ParsedFile.Unreadable(source, tree.Error);
        }

        var findings = new Findings(source);
        var unknown = tree.Documents.Where(document => !Read(document, findings)).ToList();
        return unknown.Count == tree.Documents.Length
            ? Unrecognised(source, unknown)
            : findings.ToFile();
    }

    private static bool Read(Node document, Findings findings)
    {
        if (document is not Node.Mapping root)
        {
            return false;
        }

        foreach (var format in s_formats)
        {
            if (format.Recognises(root))
            {
                format.Read(root, findings);
                return true;
            }
        }

        return false;
    }

    private static ParsedFile Unrecognised(SourceFile source, List<Node> documents) =>
        new(source)
        {
            Legibility = Legibility.Unrecognised,
            Meant = documents
                .OfType<Node.Mapping>()
                .SelectMany(root => root.Entries)
                .Select(entry =>
                    Problems.Nearest.To(entry.Key.Text, ["servers", "mcpServers", "mcps"])
                )
                .FirstOrDefault(meant => meant is not null),
        };

    private sealed record Format(
        Func<Node.Mapping, bool> Recognises,
        Action<Node.Mapping, Findings> Read
    );
}
