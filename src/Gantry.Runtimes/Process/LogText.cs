using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
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
        _secrets =
        [
            .. spec
                .Environment.Values.Concat(TextsOf(spec.Runtime))
                .Where(text => text.HasVariables)
                .Select(FilledIn)
                .Concat(HeadersOf(spec.Runtime))
                .SelectMany(Forms)
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

    private static IEnumerable<Expandable> TextsOf(RuntimeSpec runtime) =>
        runtime switch
        {
            ProcessSpec process =>
            [
                .. process.Arguments,
                process.Command,
                new(process.ShownDirectory, process.Directory),
            ],
            RemoteSpec remote => [remote.Url, .. remote.Headers.Values],
            _ => [],
        };

    // A header is mostly a secret, also where it stands in the file as it is; and what it begins
    // with, such as Bearer, is none.
    private static IEnumerable<string> HeadersOf(RuntimeSpec runtime) =>
        runtime is RemoteSpec remote
            ? remote.Headers.Values.SelectMany(text => text.Value.Split(' '))
            : [];

    // A log is read line by line, and programs like to print a value as JSON.
    private static IEnumerable<string> Forms(string secret) =>
        secret
            .Split('\n', '\r')
            .Append(
                JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value
            );

    // "Bearer ${TOKEN}": what stands around the variables is no secret.
    private static string FilledIn(Expandable text)
    {
        var before = text.Written.IndexOf("${", StringComparison.Ordinal);
        var after = text.Written.Length - text.Written.LastIndexOf('}') - 1;
        var isPlain = before >= 0 && before + after <= text.Value.Length;
        return isPlain ? text.Value[before..^after] : text.Value;
    }
}
