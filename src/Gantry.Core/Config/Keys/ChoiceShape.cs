using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>One of a few words.</summary>
internal sealed class ChoiceShape<T>(params ImmutableArray<(string Word, T Value)> choices)
    : Shape<T>
{
    /// <summary>Words that a later version will understand, and what works today.</summary>
    public ImmutableArray<(string Word, string What, string Instead)> Later { get; init; } = [];

    private IEnumerable<string> Words => choices.Select(choice => choice.Word);

    public override string Expected => $"one of {string.Join(", ", Words)}";

    public override JsonObject Schema() => new() { ["enum"] = SchemaParts.Array([.. Words]) };

    public override T Read(string key, Node node, Report report, T otherwise)
    {
        if (node is not Node.Scalar scalar)
        {
            return Refuse(key, node, report, otherwise);
        }

        foreach (var (word, value) in choices)
        {
            if (word == scalar.Text)
            {
                return value;
            }
        }

        report.Add(node.Place, Judge(key, scalar.Text, report.IsForeign));
        return otherwise;
    }

    private Fault Judge(string key, string text, bool isForeign)
    {
        var later = Later.FirstOrDefault(later => later.Word == text);
        return later.Word is null
            ? KeyFaults.BadChoice(key, text, Words)
            : KeyFaults.Later(later.What, later.Instead, isForeign);
    }
}
