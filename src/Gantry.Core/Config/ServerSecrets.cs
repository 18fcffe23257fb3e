using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gantry.Config;

/// <summary>The values that a server was given through variables, in the forms in which it may
/// show them.</summary>
public static class ServerSecrets
{
    // Shorter values are more likely to be words, paths and numbers than secrets, and hiding every
    // "5" or "." would make a text unreadable.
    private const int MinLength = 6;

    /// <summary>Longest first, so that no secret hides a part of another.</summary>
    public static ImmutableArray<string> Of(ServerSpec spec) =>
        [
            .. spec
                .Environment.Values.Concat(TextsOf(spec.Runtime))
                .Where(text => text.HasVariables)
                .Select(FilledIn)
                .Concat(HeadersOf(spec.Runtime))
                .SelectMany(Forms)
                .Where(secret => secret.Length >= MinLength)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];

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
