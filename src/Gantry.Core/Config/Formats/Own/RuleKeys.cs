using System.Collections.Immutable;
using Gantry.Config.Keys;
using Gantry.Config.Problems;
using Gantry.Config.Tree;

namespace Gantry.Config.Formats;

/// <summary>A block that says which of several things there are.</summary>
internal sealed class RuleKeys
{
    private readonly Key<ImmutableArray<Placed<string>>> _allow;
    private readonly Key<ImmutableArray<Placed<string>>> _deny;
    private readonly KeyTable _table;

    /// <param name="things">Such as <c>Tools, as SERVER__TOOL</c>.</param>
    public RuleKeys(string key, string description, string things)
    {
        _allow = new(
            "allow",
            Shapes.TextList,
            $"{things}, to show; '*' stands for any characters. Default: all."
        );
        _deny = new(
            "deny",
            Shapes.TextList,
            $"{things}, neither to show nor to use; goes before allow."
        );
        _table = new(_allow, _deny);
        Block = new(key, new BlockShape(_table), description);
    }

    public Key<Node.Mapping?> Block { get; }

    public Rules Read(Fields around, Report report)
    {
        if (around.Get(Block, null) is not { } block)
        {
            return new([], []);
        }

        var fields = new Fields(block, _table, report);
        return new(fields.Get(_allow, []), fields.Get(_deny, []));
    }
}

/// <summary>As they are written, with their places.</summary>
internal readonly record struct Rules(
    ImmutableArray<Placed<string>> Allow,
    ImmutableArray<Placed<string>> Deny
)
{
    public IEnumerable<Placed<string>> All => Allow.Concat(Deny);

    public NameRules Parse() => new(Globs(Allow), Globs(Deny));

    private static ImmutableArray<Glob> Globs(ImmutableArray<Placed<string>> patterns) =>
        [.. patterns.Select(pattern => new Glob(pattern.Value))];
}
