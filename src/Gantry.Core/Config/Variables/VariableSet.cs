using System.Collections.Immutable;

namespace Gantry.Config.Variables;

/// <summary>
/// Where variables get their values from. Immutable: as long as it is the same object, every
/// variable has the same value.
/// </summary>
/// <param name="Given">Env files and secrets, in the order in which they win.</param>
internal sealed record VariableSet(
    ImmutableArray<ImmutableDictionary<string, string>> Given,
    Func<string, string?> Environment
)
{
    public string? Find(string name)
    {
        foreach (var source in Given)
        {
            if (source.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return Environment(name);
    }
}
