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
    public static ImmutableArray<string> Of(ServerSpec spec)
    {
        var process = spec.Runtime as ProcessSpec;
        return
        [
            .. spec
                .Environment.Values.Concat(process?.Arguments ?? [])
                .Append(process?.Command ?? default)
                .Append(new(process?.ShownDirectory ?? "", process?.Directory ?? ""))
                .Where(text => text.HasVariables)
                .Select(FilledIn)
                .SelectMany(Forms)
                .Where(secret => secret.Length >= MinLength)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];
    }

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
