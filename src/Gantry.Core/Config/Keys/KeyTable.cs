using System.Collections.Frozen;
using System.Collections.Immutable;
using Gantry.Config.Problems;

namespace Gantry.Config.Keys;

/// <summary>All keys that one kind of mapping may have.</summary>
internal sealed class KeyTable
{
    private readonly FrozenDictionary<string, Key> _byName;

    public KeyTable(params ImmutableArray<Key> keys)
    {
        Keys = keys;
        _byName = keys.ToFrozenDictionary(key => key.Name, StringComparer.Ordinal);
    }

    public ImmutableArray<Key> Keys { get; }

    public Key? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The key that was probably meant; never one that would be refused.</summary>
    public string? Nearest(string name) =>
        Problems.Nearest.To(
            name,
            Keys.Where(key => key.Standing is Standing.Used or Standing.Idle)
                .Select(key => key.Name)
        );

    public KeyTable With(params ReadOnlySpan<Key> more) => new([.. more, .. Keys]);
}
