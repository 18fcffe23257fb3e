using System.Text;
using System.Text.RegularExpressions;
using Gantry.Config.Formats;
using Gantry.Config.Keys;
using Gantry.Config.Problems;

namespace Gantry.Config.Variables;

/// <summary>
/// Fills in <c>${NAME}</c>, <c>${NAME:-default}</c> and <c>${env:NAME}</c>; in the files of editors
/// also <c>${input:id}</c> and what the editor predefines. <c>$${</c> stands for the characters
/// themselves.
/// </summary>
internal sealed partial class Expander(VariableSet variables, Words words, Report report)
{
    /// <summary>Null when a variable has no value, which is reported.</summary>
    public Expandable? Expand(Placed<string> written)
    {
        var text = written.Value;
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return new(text);
        }

        var filled = new StringBuilder();
        var isComplete = true;
        for (var at = 0; at < text.Length; )
        {
            isComplete &= Step(written, ref at, filled);
        }

        return isComplete ? new(text, filled.ToString()) : null;
    }

    [GeneratedRegex(
        @"\G\$\{(?<kind>env:|input:)?(?<name>[A-Za-z_][A-Za-z0-9_.-]*|/)(:-(?<default>[^}]*))?\}",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Reference { get; }

    private bool Step(Placed<string> written, ref int at, StringBuilder filled)
    {
        var rest = written.Value.AsSpan(at);
        if (rest.StartsWith("$${"))
        {
            filled.Append("${");
            at += 3;
            return true;
        }

        if (!rest.StartsWith("${"))
        {
            filled.Append(rest[0]);
            at++;
            return true;
        }

        return Fill(written, ref at, filled);
    }

    private bool Fill(Placed<string> written, ref int at, StringBuilder filled)
    {
        var reference = Reference.Match(written.Value, at);
        at += reference.Success ? reference.Length : 2;
        if (!reference.Success)
        {
            report.Add(written.Place, VariableFaults.Malformed);
            return false;
        }

        var name = reference.Groups["name"].Value;
        if (Resolve(reference, name) is not { } value)
        {
            report.Add(written.Place, VariableFaults.Unresolved(name));
            return false;
        }

        filled.Append(value);
        return true;
    }

    private string? Resolve(Match reference, string name)
    {
        var value = reference.Groups["kind"].Value switch
        {
            "input:" => FindInput(name),
            "env:" => variables.Find(name),
            _ => words.Predefined.GetValueOrDefault(name) ?? variables.Find(name),
        };
        var otherwise = reference.Groups["default"];
        return otherwise.Success && string.IsNullOrEmpty(value) ? otherwise.Value : value;
    }

    // Nobody is there to be asked, so an input is a variable: `api-key`, or API_KEY.
    private string? FindInput(string id)
    {
        var asVariable = id.Replace('-', '_').Replace('.', '_').ToUpperInvariant();
        return variables.Find(id)
            ?? variables.Find(asVariable)
            ?? words.Inputs.GetValueOrDefault(id);
    }
}
