namespace Gantry.Config;

/// <summary>
/// A text from a file in which <c>${VAR}</c> may stand for a secret: as it was written, which is
/// safe to show, and with its variables filled in, which is not.
/// </summary>
// ToString gives the written form, so that a careless log line or message cannot leak the value.
public readonly record struct Expandable(string Written, string Value)
{
    /// <summary>A text without variables.</summary>
    public Expandable(string literal)
        : this(literal, literal) { }

    /// <summary>Whether variables were filled in, so that the value must not be shown.</summary>
    public bool HasVariables => !string.Equals(Written, Value, StringComparison.Ordinal);

    public override string ToString() => Written;
}
