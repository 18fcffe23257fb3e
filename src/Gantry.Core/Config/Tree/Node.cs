using System.Collections.Immutable;

namespace Gantry.Config.Tree;

/// <summary>A piece of a YAML or JSON file that knows where it stands.</summary>
internal abstract record Node(Place Place)
{
    /// <param name="IsPlain">Written without quotes, so that it may mean a number, a truth value
    /// or nothing at all.</param>
    public sealed record Scalar(Place Place, string Text, bool IsPlain) : Node(Place)
    {
        public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    public sealed record Sequence(Place Place, ImmutableArray<Node> Items) : Node(Place);

    /// <param name="Entries">In the order of the file; the same key may occur twice.</param>
    public sealed record Mapping(Place Place, ImmutableArray<Entry> Entries) : Node(Place)
    {
        /// <summary>The value of the first entry with that key; null when there is none.</summary>
        public Node? Find(string key)
        {
            foreach (var entry in Entries)
            {
                if (entry.Key.Text == key)
                {
                    return entry.Value;
                }
            }

            return null;
        }

        public bool Has(string key) => Find(key) is not null;
    }
}

internal readonly record struct Entry(Node.Scalar Key, Node Value);
