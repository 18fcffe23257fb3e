using System.IO.Enumeration;

namespace Gantry.Config;

/// <summary>A name in which '*' stands for any characters and '?' for one.</summary>
public readonly record struct Glob(string Pattern)
{
    public bool Matches(string text, bool ignoreCase) =>
        FileSystemName.MatchesSimpleExpression(
            // The backslash, with which that rule begins an escape, is a character like others.
            Pattern.Replace("\\", "\\\\", StringComparison.Ordinal),
            text,
            ignoreCase
        );

    public override string ToString() => Pattern;
}
