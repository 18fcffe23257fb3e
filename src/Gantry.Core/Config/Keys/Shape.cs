using System.Text.Json.Nodes;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Keys;

/// <summary>What a value may look like, for the parser and for the schema alike.</summary>
internal abstract class Shape
{
    /// <summary>Continues "must be".</summary>
    public abstract string Expected { get; }

    /// <summary>The same rule as JSON Schema.</summary>
    public abstract JsonObject Schema();
}

internal abstract class Shape<T> : Shape
{
    /// <summary>The value; when the node is of another shape, reports that and gives
    /// <paramref name="otherwise"/>.</summary>
    public abstract T Read(string key, Node node, Report report, T otherwise);

    protected T Refuse(string key, Node node, Report report, T otherwise)
    {
        report.Add(node.Place, KeyFaults.WrongType(key, Expected));
        return otherwise;
    }
}

/// <summary>For keys whose value nobody looks at.</summary>
internal sealed class AnyShape : Shape<bool>
{
    public override string Expected => "anything";

    public override JsonObject Schema() => [];

    public override bool Read(string key, Node node, Report report, bool otherwise) => true;
}
