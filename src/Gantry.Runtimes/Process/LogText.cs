using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Gantry.Config;

namespace Gantry.Runtimes.Process;

/// <summary>
/// Makes what a server wrote fit to be shown: one line without terminal commands, and without the
/// secrets that its spec was given.
/// </summary>
internal sealed partial class LogText
{
    private const string Hidden = "***";

    // Shorter values are more likely to be words, paths and numbers than secrets, and hiding every
    // "5" or "." would make a log unreadable.
    private const int MinSecretLength = 6;

    private readonly ImmutableArray<string> _secrets;

    public LogText(ServerSpec spec)
    {
        var process = spec.Runtime as ProcessSpec;
        _secrets =
        [
            .. spec
                .Environment.Values.Concat(process?.Arguments ?? [])
                .Append(process?.Command ?? default)
                .Where(text => text.HasVariables)
                .Select(FilledIn)
                .Where(secret => secret.Length >= MinSecretLength)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];
    }

    [GeneratedRegex(@"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")]
    private static partial Regex TerminalCommand { get; }

    public string Clean(ReadOnlySpan<byte> utf8)
    {
        var text = TerminalCommand.Replace(Encoding.UTF8.GetString(utf8), "");
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return string.Create(
            text.Length,
            text,
            static (to, from) =>
            {
                for (var at = 0; at < to.Length; at++)
                {
                    to[at] = char.IsControl(from[at]) && from[at] != '\t' ? '\uFFFD' : from[at];
                }
            }
        );
    }

    // "Bearer ${TOKEN}": what stands around the variables is no secret.
    private static string FilledIn(Expandable text)
    {
        var before = text.Written.IndexOf("${", StringComparison.Ordinal);
        var after = text.Written.Length - text.Written.LastIndexOf('}') - 1;
        var isPlain = before >= 0 && before + after <= text.Value.Length;
        return isPlain ? text.Value[before..^after] : text.Value;
    }
}
