using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gantry.Config.Problems;

namespace Gantry.Config.Variables;

/// <summary>What an env file sets, and what is wrong with it.</summary>
internal sealed record EnvFile(
    ImmutableDictionary<string, string> Values,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    public static EnvFile Empty { get; } = new(ImmutableDictionary<string, string>.Empty, []);
}

/// <summary>
/// Reads NAME=VALUE lines: <c>#</c> comments, <c>export</c>, single quotes (as they are), double
/// quotes (with escapes); quoted values may go over several lines. No variables inside.
/// </summary>
internal sealed partial class EnvFileParser
{
    private readonly string _file;
    private readonly string _text;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _diagnostics = [];
    private int _at;
    private int _line = 1;

    private EnvFileParser(string file, string text) =>
        (_file, _text) = (file, text.TrimStart('\uFEFF').ReplaceLineEndings("\n"));

    public static EnvFile Parse(string file, string text)
    {
        var parser = new EnvFileParser(file, text);
        while (parser._at < parser._text.Length)
        {
            parser.ReadLine();
        }

        return new(
            parser._values.ToImmutableDictionary(StringComparer.Ordinal),
            [.. parser._diagnostics]
        );
    }

    [GeneratedRegex(
        @"\G[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Assignment { get; }

    [GeneratedRegex(@"\G[ \t]*(#[^\n]*)?(\n|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Nothing { get; }

    private void ReadLine()
    {
        if (Nothing.Match(_text, _at) is { Success: true } blank)
        {
            Advance(blank.Length);
        }
        else if (Assignment.Match(_text, _at) is { Success: true } assignment)
        {
            Advance(assignment.Length);
            ReadValue(assignment.Groups["name"].Value);
        }
        else
        {
            SkipLine(VariableFaults.BadEnvLine);
        }
    }

    private void ReadValue(string name)
    {
        if (_at < _text.Length && _text[_at] is '"' or '\'')
        {
            ReadQuoted(name, _text[_at]);
            return;
        }

        var line = _text.AsSpan(_at, LineEnd - _at);
        var comment = line.IndexOf(" #");
        _values[name] = (comment < 0 ? line : line[..comment]).Trim().ToString();
        Advance(line.Length + 1);
    }

    private void ReadQuoted(string name, char quote)
    {
        var value = new StringBuilder();
        for (var i = _at + 1; i < _text.Length; i++)
        {
            if (_text[i] == quote)
            {
                Finish(name, value.ToString(), i + 1);
                return;
            }

            var isEscape = quote is '"' && _text[i] is '\\' && i + 1 < _text.Length;
            value.Append(isEscape ? Unescape(_text[++i]) : _text[i]);
        }

        SkipLine(VariableFaults.UnclosedQuote);
    }

    private void Finish(string name, string value, int end)
    {
        _values[name] = value;
        Advance(end - _at);
        if (Nothing.Match(_text, _at) is { Success: true } rest)
        {
            Advance(rest.Length);
        }
        else
        {
            SkipLine(VariableFaults.BadEnvLine);
        }
    }

    private static char Unescape(char escaped) =>
        escaped switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => escaped,
        };

    private int LineEnd => _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;

    private void SkipLine(Fault fault)
    {
        _diagnostics.Add(fault.At(new(_file, _line, 1)));
        Advance(LineEnd + 1 - _at);
    }

    private void Advance(int length)
    {
        var end = Math.Min(_text.Length, _at + length);
        _line += _text.AsSpan(_at, end - _at).Count('\n');
        _at = end;
    }
}
